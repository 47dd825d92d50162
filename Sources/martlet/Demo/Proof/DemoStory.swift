// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The request that had the hardest life, as the broker tells it at the end.
struct DemoStory: Sendable {
    let request: Int
    let life: DemoLife
    /// What `martlet why` prints of its first message, and the command.
    let why: (command: String, text: String)
    /// What `martlet tree` prints of its process, and the command.
    let tree: (command: String, text: String)

    /// The lines, with a line end behind each.
    var text: String {
        let late = life.escalation.map { "When its time was over, it was \($0).\n" } ?? ""
        return """

            The hardest life had request \(request): \(life.text).
            \(late)
            $ \(why.command)
            \(why.text)
            $ \(tree.command)
            \(tree.text)
            """
    }
}
