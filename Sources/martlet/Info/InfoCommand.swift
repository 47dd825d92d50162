// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel
import MartletProtocol

/// `martlet info`: shows what the broker knows about itself.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show the broker, a topic, a subscription or the consumers.",
        discussion: """
              martlet info                               the broker and its subscriptions
              martlet info topic greetings               one topic and its subscriptions
              martlet info subscription greetings me     one subscription and its settings
              martlet info consumers                     who is attached

            'martlet topics' and 'martlet subscriptions' show all of them.
            """)

    @Argument(
        help: ArgumentHelp(
            "topic NAME, subscription TOPIC NAME or consumers; without it, the broker.",
            valueName: "what"))
    var what: [String] = []

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try subject()
    }

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                let answer = try connection.info(try subject())
                return try json ? String(decoding: answer, as: UTF8.self) + "\n" : view(answer, connection)
            }
        }
    }

    /// What the broker is asked about.
    func subject() throws -> InfoSubject {
        switch (what.first, what.count) {
        case (nil, _): return .broker
        case ("consumers", 1): return .consumers
        case ("topic", 2): return .topic(try ClientOptions.checkedName(what[1], what: "topic"))
        case ("subscription", 3):
            return .subscription(
                topic: try ClientOptions.checkedName(what[1], what: "topic"),
                name: try ClientOptions.checkedName(what[2], what: "subscription"))
        default:
            throw ValidationError(
                "'info \(what.joined(separator: " "))' is not known; expected info, info topic NAME, "
                    + "info subscription TOPIC NAME or info consumers; all topics are shown by 'martlet topics', all "
                    + "subscriptions by 'martlet subscriptions'")
        }
    }

    /// The answer for people, with the subscriptions where the next question would be about them.
    private func view(_ answer: [UInt8], _ connection: BlockingConnection) throws -> String {
        let value = try BlockingConnection.value(answer)
        let text = InfoView.render(value, empty: "no \(what.first ?? "data")")
        switch what.first {
        case nil where value["subscriptions"] == .integer(0): return text
        case nil where (value["subscriptions"]?.integer ?? 0) > SubscriptionList.most:
            return text + "\n'martlet subscriptions' lists the subscriptions\n"
        case nil: return text + "\n" + (try SubscriptionList(connection).table())
        case "topic": return text + "\n" + (try SubscriptionList(connection, topics: [value]).table())
        default: return text
        }
    }
}
