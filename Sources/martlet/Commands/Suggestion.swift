// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Commands that are suggested to people, each to be copied as it stands.
struct Suggestion {
    /// The broker that was named with `--server`, which the next command needs too.
    let server: String?

    /// A command of some words.
    func command(_ words: String...) -> String { command(words) }

    /// A command of some words.
    func command(_ words: [String]) -> String {
        let all = ["martlet"] + words + (server.map { ["--server", $0] } ?? [])
        return all.map(ShellWord.quoted).joined(separator: " ")
    }
}
