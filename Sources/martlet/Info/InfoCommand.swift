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
        abstract: "Show the broker, its topics, its subscriptions or the consumers.",
        discussion: """
              martlet info                               the broker and its subscriptions
              martlet info subscriptions                 what waits in each
              martlet info topics                        all topics
              martlet info topic greetings               one topic and its subscriptions
              martlet info subscription greetings me     one subscription and its settings
              martlet info consumers                     who is attached

            Of a subscription, backlog is what is not settled yet; of that, in flight is
            with consumers and deferred waits to be tried again. Dead letters are messages
            of the topic $dead.<topic>.<subscription>; in a shell the name needs single
            quotes:

              martlet info topic '$dead.greetings.me'
            """)

    @Argument(
        help: ArgumentHelp(
            "topics, topic NAME, subscriptions, subscription TOPIC NAME or consumers; without it, the broker.",
            valueName: "what"))
    var what: [String] = []

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try subject()
    }

    func run() throws {
        try client.withConnection { connection, _ in
            let text: String
            if what == ["subscriptions"] {
                let list = try SubscriptionList(connection)
                text = json ? try list.json() : try list.table()
            } else {
                let answer = try connection.info(try subject())
                text = json ? String(decoding: answer, as: UTF8.self) : try view(answer, connection)
            }
            try StandardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
        }
    }

    /// What the broker is asked about.
    func subject() throws -> InfoSubject {
        switch (what.first, what.count) {
        case (nil, _): return .broker
        // The topics name their subscriptions.
        case ("topics", 1), ("subscriptions", 1): return .topics
        case ("consumers", 1): return .consumers
        case ("topic", 2): return .topic(try ClientOptions.checkedName(what[1], what: "topic"))
        case ("subscription", 3):
            return .subscription(
                topic: try ClientOptions.checkedName(what[1], what: "topic"),
                name: try ClientOptions.checkedName(what[2], what: "subscription"))
        default:
            throw ValidationError(
                "'info \(what.joined(separator: " "))' is not known; expected info, info topics, info topic NAME, "
                    + "info subscriptions, info subscription TOPIC NAME or info consumers")
        }
    }

    /// The answer for people, with the subscriptions where the next question would be about them.
    private func view(_ answer: [UInt8], _ connection: BlockingConnection) throws -> String {
        guard let value = JSONValue(answer) else {
            throw ClientError(.protocolViolation, "the broker's answer is not JSON; --json shows it")
        }
        let text = InfoView.render(value, empty: "no \(what.first ?? "data")")
        switch what.first {
        case nil where value["subscriptions"] == .integer(0): return text
        case nil where (value["subscriptions"]?.integer ?? 0) > SubscriptionList.most:
            return text + "\n'martlet info subscriptions' lists the subscriptions\n"
        case nil: return text + "\n" + (try SubscriptionList(connection).table())
        case "topic": return text + "\n" + (try SubscriptionList(connection, topics: [value]).table())
        default: return text
        }
    }
}
