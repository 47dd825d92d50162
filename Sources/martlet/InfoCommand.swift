// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient

/// `martlet info`: shows what the broker knows about itself.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show the broker, its topics, a subscription or the consumers.",
        discussion: """
              martlet info                               the broker and its storage
              martlet info topics                        all topics
              martlet info topic orders                  one topic
              martlet info subscription orders billing   one subscription
              martlet info consumers                     who is attached
            """)

    @Argument(
        help: ArgumentHelp("Nothing, topics, topic NAME, subscription TOPIC NAME, or consumers.", valueName: "what"))
    var what: [String] = []

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try command()
    }

    func run() throws {
        try client.withConnection { connection in
            let reply = try connection.request(try command())
            guard reply.word == "DATA" else {
                throw ClientError(.protocolViolation, "the broker answered \(reply.word) instead of DATA")
            }
            let text = json ? String(decoding: reply.data, as: UTF8.self) : try table(reply.data)
            try StandardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
        }
    }

    /// The line that asks the broker.
    func command() throws -> String {
        switch (what.first, what.count) {
        case (nil, _): return "INFO"
        case ("topics", 1), ("consumers", 1): return "INFO \(what[0])"
        case ("topic", 2): return "INFO topic \(try checkedName(what[1], what: "topic"))"
        case ("subscription", 3):
            let topic = try checkedName(what[1], what: "topic")
            return "INFO subscription \(topic) \(try checkedName(what[2], what: "subscription"))"
        default:
            throw ValidationError(
                "'info \(what.joined(separator: " "))' is not known; expected info, info topics, info topic NAME, "
                    + "info subscription TOPIC NAME or info consumers")
        }
    }

    private func table(_ data: [UInt8]) throws -> String {
        guard let value = try? JSONValue.parse(data) else {
            throw ClientError(.protocolViolation, "the broker's answer is not JSON; --json shows it")
        }
        return Table.render(value, empty: "no \(what.first ?? "data")")
    }
}
