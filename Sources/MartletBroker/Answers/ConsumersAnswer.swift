// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The answer to `INFO consumers`: those whose topics the user may consume, in the order of connections and numbers.
///
/// Consumers that come or go meanwhile are in it or not; all others are in it once.
final class ConsumersAnswer: LongAnswer {
    private var writer = JSONWriter()
    private var lastConnection: UInt64?
    /// The consumers of the connection at hand, and how many of them are written.
    private var numbers: [UInt64] = []
    private var written = 0

    init() { writer.beginList() }

    func goOn(in broker: Broker, for connection: Connection) -> Reply? {
        while broker.answerRoom > 0 {
            broker.answerRoom -= Broker.lookBytes
            if let id = lastConnection, written < numbers.count {
                let number = numbers[written]
                written += 1
                guard let consumer = broker.connections[ConnectionID(id)]?.consumers[number],
                    connection.access.allows(.consume, consumer.subscription.topic.name)
                else { continue }
                let before = writer.bytes.count
                broker.info(consumer).write(to: &writer)
                broker.answerRoom -= writer.bytes.count - before
            } else if let next = broker.connectionOrder.some(behind: lastConnection).first {
                lastConnection = next.key
                numbers = next.element.consumers.keys.sorted()
                written = 0
            } else {
                writer.endList()
                return .json(writer.bytes)
            }
        }
        return nil
    }
}
