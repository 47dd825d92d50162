// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet parked list`: what waits for a person.
struct ParkedListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the messages of a subscription that wait for a person.")

    @OptionGroup var place: SubscriptionPlace

    @Option(help: ArgumentHelp("How many, up to 1000.", valueName: "n"))
    var count = 100

    @Option(help: ArgumentHelp("Begin behind this offset.", valueName: "offset"))
    var after: UInt64 = 0

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        guard (1...Limits.listed).contains(count) else {
            throw ValidationError("--count \(count): expected a number from 1 to \(Limits.listed)")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                let question = Command.parked(topic: place.topic, name: place.subscription, limit: count, after: after)
                let answer = try connection.data(question)
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                let messages = try BlockingConnection.value(answer).array ?? []
                let last = messages.last?.count("offset") ?? 0
                let more = messages.count == count ? "the next with --after \(last), if there are more\n" : ""
                return ParkedView.table(messages) + more
            }
        }
    }
}
