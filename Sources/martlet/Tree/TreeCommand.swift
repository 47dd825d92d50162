// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet tree`: draws the flow of a process.
struct TreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Draw the messages of a process: which caused which, and what became of each.",
        discussion: """
              martlet tree order-17
              martlet tree order-17 --watch

            A line has the time when a message became visible, its topic and offset, its
            id, and the verdict of each subscription; 'martlet why TOPIC OFFSET' tells
            more. Below a message stands what it caused. (gap) marks a message whose cause
            is not known, or not kept any more.
            """)

    @Argument(help: "The process, as the messages name it.")
    var process: String

    @Option(help: ArgumentHelp("How many messages, up to \(Limits.tree).", valueName: "n"))
    var limit = Limits.defaultTree

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try MessageArgument.identifier(process, "process")
        guard (1...Limits.tree).contains(limit) else {
            throw ValidationError("--limit \(limit): expected a number from 1 to \(Limits.tree)")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                let answer = try connection.data(.tree(process: Array(process.utf8), limit: limit))
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                return TreeDrawing(try BlockingConnection.value(answer)).text
            }
        }
    }
}
