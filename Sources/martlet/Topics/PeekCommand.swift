// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet peek`: looks at messages without consuming them.
struct PeekCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peek",
        abstract: "Look at messages of a topic without consuming them.",
        discussion: """
              martlet peek orders                  the last ten
              martlet peek orders 42               one, with all that it says
              martlet peek orders 1 --count 100    a hundred from the first on
              martlet peek '$dead.orders.billing'  the broker's own topics need quotes
            """)

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Argument(help: "The offset to begin at; without it, the last messages are shown.")
    var offset: UInt64?

    @Option(help: ArgumentHelp("How many, up to 1000 (default: 10, or 1 with an offset).", valueName: "n"))
    var count: Int?

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        if let count, !(1...Limits.peek).contains(count) {
            throw ValidationError("--count \(count): expected a number from 1 to \(Limits.peek)")
        }
        if let offset, !(1...Limits.number).contains(offset) {
            throw ValidationError("offset \(offset): expected a number from 1")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            let answer = try connection.data(try question(connection))
            if json {
                try StandardOutput.show(String(decoding: answer, as: UTF8.self) + "\n")
                return
            }
            let messages = try BlockingConnection.value(answer).array ?? []
            let isWhole = (count ?? (offset == nil ? 10 : 1)) == 1
            try StandardOutput.show(
                isWhole ? MessageView.whole(messages, topic: topic) : MessageView.table(messages, topic: topic))
        }
    }

    private func question(_ connection: BlockingConnection) throws -> Command {
        if let offset { return .peek(topic: topic, offset: offset, limit: count ?? 1) }
        let info = try connection.value(.info(.topic(topic)))
        let count = count ?? 10
        return .peek(
            topic: topic, offset: UInt64(max(info.count("first"), info.count("next") - count, 1)), limit: count)
    }
}
