// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet parked show`: one message that waits for a person.
struct ParkedShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one message that waits for a person, what was tried, and its body.")

    @OptionGroup var place: SubscriptionPlace

    @Argument(help: MessageArgument.help)
    var message: String

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try MessageArgument.parse(message) }

    func run() throws {
        try client.withConnection { connection, _ in
            let (topic, name) = (place.topic, place.subscription)
            let offset = try connection.offset(
                of: try MessageArgument.parse(message), topic: topic, subscription: name)
            let answer = try connection.data(.parked(topic: topic, name: name, limit: 1, after: offset - 1))
            guard let parked = try BlockingConnection.value(answer).array?.first, parked.count("offset") == offset
            else {
                let why = client.suggestion.command("why", topic, "\(offset)", name)
                throw CommandFailure(
                    .refused, "message \(offset) of \(topic) does not wait for a person; '\(why)' says how it stands")
            }
            if json {
                try StandardOutput.show(String(decoding: answer, as: UTF8.self) + "\n")
                return
            }
            let peeked = try connection.value(.peek(topic: topic, offset: offset, limit: 1)).array?.first
            let body = peeked.flatMap { $0.count("offset") == offset ? $0 : nil }
            try StandardOutput.show(ParkedView.whole(parked, body: body, topic: topic))
        }
    }
}
