// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet why`: tells how a message stands.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Tell whether a message is handled, or why not and what can be done.",
        discussion: """
              martlet why orders 42
              martlet why orders o-17 billing
              martlet why orders o-17 --watch

            Every message has exactly one verdict for each subscription: handled, leased,
            waiting, deferred, blocked, filtered, before-start, scheduled, expired,
            lost-to-retention, dead, parked or not-found. Each of them is an answer, and
            the exit code is 0; that there is no such topic or subscription is an error
            (exit code 70).
            """)

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Argument(help: MessageArgument.help)
    var message: String

    @Argument(help: "The subscription; without it, all of them.", completion: NameCompletion.subscriptions)
    var subscription: String?

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = try MessageArgument.parse(message)
        if let subscription { _ = try ClientOptions.checkedName(subscription, what: "subscription") }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            let reference = try MessageArgument.parse(message)
            try watch.show {
                let answer = try connection.data(.why(topic: topic, message: reference, subscription: subscription))
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                return try Self.report(
                    answer, topic: topic, about: reference, connection, client.suggestion
                ).text
            }
        }
    }

    /// What is printed about an answer; the message is looked at for its id and key.
    static func report(
        _ answer: [UInt8], topic: String, about reference: MessageReference, _ connection: BlockingConnection,
        _ suggestion: Suggestion
    ) throws -> WhyReport {
        let answers = WhyAnswer.all(try BlockingConnection.value(answer))
        var message: JSONValue?
        if let offset = answers.map(\.offset).max(), offset > 0 {
            let peeked = try connection.value(.peek(topic: topic, offset: UInt64(offset), limit: 1)).array?.first
            if peeked?.count("offset") == offset { message = peeked }
        }
        var id: String?
        if case .id(let bytes) = reference { id = String(decoding: bytes, as: UTF8.self) }
        return WhyReport(topic: topic, answers: answers, message: message, askedID: id, suggestion: suggestion)
    }
}
