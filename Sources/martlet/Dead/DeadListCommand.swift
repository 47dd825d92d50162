// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet dead list`: the dead letters of a subscription.
struct DeadListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the dead letters of a subscription.",
        discussion: """
            letter is the dead letter's own number, which 'dead show' takes; message is
            the offset that the message has, or had, in its topic.
            """)

    @OptionGroup var place: SubscriptionPlace

    @Option(help: ArgumentHelp("How many, up to 1000.", valueName: "n"))
    var count = 100

    @Option(help: ArgumentHelp("Begin behind this letter.", valueName: "letter"))
    var after: UInt64 = 0

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        guard (1...Limits.peek).contains(count) else {
            throw ValidationError("--count \(count): expected a number from 1 to \(Limits.peek)")
        }
        guard after < Limits.number else { throw ValidationError("--after \(after): expected a letter's number") }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                // Also tells when there is no such subscription.
                _ = try connection.info(.subscription(topic: place.topic, name: place.subscription))
                let question = Command.peek(topic: DeadCommand.topic(place), offset: after + 1, limit: count)
                // The topic is made with the first dead letter.
                let answer = try connection.data([question])[0] ?? Array("[]".utf8)
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                let letters = try BlockingConnection.value(answer).array ?? []
                let last = letters.last?.count("offset") ?? 0
                let more = letters.count == count ? "the next with --after \(last), if there are more\n" : ""
                return DeadLetterView.table(letters) + more
            }
        }
    }
}
