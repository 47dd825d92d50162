// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// What a client does in one transaction is done as a whole, or not at all.
extension AccountLife {
    /// Ends a delivery and publishes what follows from it, in one transaction.
    ///
    /// - Parameter isLost: whether it names one more delivery, which there is not; then nothing is done.
    func transact(
        _ consumer: AccountConsumer, _ tag: UInt64, _ verb: Settle.Verb, _ topic: AccountTopic, _ key: Int,
        isLost: Bool
    ) throws {
        let (message, request) = makeMessage(key, 1, ttl: nil, for: topic)
        let settle = Settle(verb: verb, consumer: 1, tags: [tag...tag])
        let offset = consumer.held[tag]?.offset ?? 0
        note("BEGIN; \(verb.rawValue) \(consumer.account.path) \(offset)")
        note("publish \(message.body) key='\(message.key)' to \(topic.name)\(isLost ? "; a lost lease" : ""); COMMIT")
        if !isLost {
            books.settle(consumer, tag, settle)
            books.arrive(message, in: topic)
        }
        try harness.send(consumer.connection) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.add(.settle(settle))
            commands.publish(request)
            // No consumer of a life has had so many deliveries.
            if isLost { commands.ack(consumer: 1, first: 1_000_000, last: 1_000_000) }
            commands.add(.commit)
        }
        let answers = harness.heard(consumer.connection).filter { !$0.hasPrefix("LOST ") && !$0.hasPrefix("GONE ") }
        let expected = isLost ? "ERR tx 3:lease-lost" : "OK 2 offsets=[\(topic.next - 1)]"
        guard answers.last == expected else { throw AccountFault("the answers were \(answers), not \(expected)") }
    }
}
