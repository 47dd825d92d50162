// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet topics`: all topics.
struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Show all topics.",
        discussion: """
            Those of the broker, such as $dead.orders.billing and $sys.message.dead, are
            shown with --all.
            """)

    @Flag(help: "Show the broker's own topics too.")
    var all = false

    @Flag(help: "Print the broker's JSON, for programs; it has all topics.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                let answer = try connection.info(.topics)
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                return TopicTable.text(try BlockingConnection.value(answer).array ?? [], all: all)
            }
        }
    }
}
