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
        abstract: "Show the broker, its topics, a subscription or the consumers.",
        discussion: """
              martlet info                               the broker and its storage
              martlet info topics                        all topics
              martlet info topic orders                  one topic
              martlet info subscription orders billing   one subscription
              martlet info consumers                     who is attached
            """)

    @Argument(
        help: ArgumentHelp(
            "topics, topic NAME, subscription TOPIC NAME or consumers; without it, the broker.", valueName: "what"))
    var what: [String] = []

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try subject()
    }

    func run() throws {
        try client.withConnection { connection in
            let reply = try connection.request(.info(try subject()))
            guard reply.word == "DATA" else {
                throw ClientError(.protocolViolation, "the broker answered \(reply.word) instead of DATA")
            }
            let text = json ? String(decoding: reply.data, as: UTF8.self) : try table(reply.data)
            try StandardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
        }
    }

    /// What the broker is asked about.
    func subject() throws -> InfoSubject {
        switch (what.first, what.count) {
        case (nil, _): return .broker
        case ("topics", 1): return .topics
        case ("consumers", 1): return .consumers
        case ("topic", 2): return .topic(try ClientOptions.checkedName(what[1], what: "topic"))
        case ("subscription", 3):
            return .subscription(
                topic: try ClientOptions.checkedName(what[1], what: "topic"),
                name: try ClientOptions.checkedName(what[2], what: "subscription"))
        default:
            throw ValidationError(
                "'info \(what.joined(separator: " "))' is not known; expected info, info topics, info topic NAME, "
                    + "info subscription TOPIC NAME or info consumers")
        }
    }

    private func table(_ data: [UInt8]) throws -> String {
        guard let value = JSONValue(data) else {
            throw ClientError(.protocolViolation, "the broker's answer is not JSON; --json shows it")
        }
        return TextTable.render(value, empty: "no \(what.first ?? "data")")
    }
}
