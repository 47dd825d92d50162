// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet dead show`: one dead letter.
struct DeadShowCommand: ParsableCommand {
    /// So many are looked through at once for an id.
    private static let page = 100

    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one dead letter: why it died, its last attempts, and its body.")

    @OptionGroup var place: SubscriptionPlace

    @Argument(help: "The letter, as 'dead list' numbers it, or the id of the message; an id of digits alone as id:123.")
    var letter: String

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try MessageArgument.parse(letter) }

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.info(.subscription(topic: place.topic, name: place.subscription))
            guard let found = try find(connection) else {
                throw CommandFailure(
                    .refused, "\(place.subscription) of \(place.topic) has no dead letter '\(letter)'")
            }
            let answer = try connection.data(.peek(topic: DeadCommand.topic(place), offset: found, limit: 1))
            if json {
                try StandardOutput.show(String(decoding: answer, as: UTF8.self) + "\n")
                return
            }
            let letters = try BlockingConnection.value(answer).array ?? []
            try StandardOutput.show(letters.first.map { DeadLetterView.whole($0) } ?? "")
        }
    }

    /// The number of the letter; the newest of those with an id.
    private func find(_ connection: BlockingConnection) throws -> UInt64? {
        let topic = DeadCommand.topic(place)
        if case .offset(let offset) = try MessageArgument.parse(letter) {
            let answer = try connection.data([.peek(topic: topic, offset: offset, limit: 1)])[0]
            let first = answer.flatMap { JSONValue($0) }?.array?.first
            return first?.count("offset") == Int(offset) ? offset : nil
        }
        let id = letter.hasPrefix("id:") ? String(letter.dropFirst(3)) : letter
        var next: UInt64 = 1
        var found: UInt64?
        while let answer = try connection.data([.peek(topic: topic, offset: next, limit: Self.page)])[0],
            let letters = JSONValue(answer)?.array, let last = letters.last
        {
            let match = letters.last { DeadLetterView.member("Id", of: $0) == id }
            found = match.map { UInt64($0.count("offset")) } ?? found
            next = UInt64(last.count("offset")) + 1
        }
        return found
    }
}
