// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

extension Resolve.Decision: ExpressibleByArgument {}

/// `martlet parked resolve`: decides about a message.
struct ParkedResolveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Decide about a message: deliver it again, call it handled, or give it up.",
        discussion: """
              martlet parked resolve orders billing 42 retry --note 'the card is valid now'

            retry   it is delivered at once, its failures forgotten, with the note
            ack     it counts as handled
            reject  it becomes a dead letter, with the note

            It may be any message that is not settled, parked or not; one that is with a
            consumer is taken from it.
            """)

    @OptionGroup var place: SubscriptionPlace

    @Argument(help: MessageArgument.help)
    var message: String

    @Argument(help: "retry, ack or reject.")
    var decision: Resolve.Decision

    @Option(help: "Why; it goes with the message.")
    var note = ""

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try MessageArgument.parse(message)
        guard note.utf8.count <= Limits.note else {
            throw ValidationError("--note: expected at most \(Limits.note) bytes")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            let (topic, name) = (place.topic, place.subscription)
            let offset = try connection.offset(
                of: try MessageArgument.parse(message), topic: topic, subscription: name)
            _ = try connection.request(
                .resolve(Resolve(topic: topic, subscription: name, offset: offset, decision: decision, note: note)))
            try StandardOutput.write("message \(offset) of \(topic) \(outcome) for \(name)\n")
        }
    }

    private var outcome: String {
        switch decision {
        case .retry: "is delivered again"
        case .ack: "is handled"
        case .reject: "is a dead letter"
        }
    }
}
