// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// The broker dies in a random life.
extension Life {
    private static let never = Array("never".utf8)

    /// Kills the broker behind a commit that is not durable: nothing of it was confirmed, nothing of it may stay.
    mutating func crash() throws -> String? {
        // What is refused need not wait.
        setFull(false)
        try harness.step([harness.input(1, Self.beginNever)] + drawNever())
        let heard = harness.heardByAll().values.joined().filter { !$0.hasPrefix("LOST ") }
        if let problem = try crash(to: model) { return problem }
        if !heard.isEmpty { return "confirmed before it was durable: \(heard)" }
        return try send(1, .outcome(id: Self.never), expecting: "OK unknown")
    }

    /// Kills the broker, which finds its way back to what was durable.
    mutating func crash(to durable: ReferenceModel) throws -> String? {
        try harness.crash()
        model = durable
        model.durable = nil
        model.crash()
        setFull(false)
        try harness.connect(1)
        return try checkRecords() ?? audit()
    }

    private static func beginNever(_ commands: inout CommandGatherer) {
        commands.publish("orders", "never confirmed", id: "never")
        commands.add(.begin(id: never, refusal: nil))
        commands.publish("orders", "never confirmed")
        commands.add(set("k0", "never", .any))
        commands.add(.commit)
    }

    /// More that is never confirmed.
    private mutating func drawNever() -> [Input] {
        guard let consumer = pickConsumer() else { return [] }
        let command: Command
        switch Int.random(in: 0..<6, using: &random) {
        case 0: command = .purge(topic: consumer.topic, before: nil)
        case 1: command = .deleteTopic(name: consumer.topic)
        case 2: command = .deleteSubscription(topic: consumer.topic, name: consumer.subscription)
        default: command = .settle(drawSettle(of: consumer))
        }
        return [harness.input(consumer.connection) { $0.add(command) }]
    }
}
