// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Commands that are suggested to people, each to be copied as it stands.
struct Suggestion {
    /// The options that named the broker, which the next command needs too.
    let options: [String]

    /// A command of some words.
    func command(_ words: String...) -> String { command(words) }

    /// A command of some words.
    func command(_ words: [String]) -> String {
        (["martlet"] + words + options).map(ShellWord.quoted).joined(separator: " ")
    }
}
