// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Consumers attach, change their windows and take what they get in a random life.
extension Life {
    private static let mostConnections = 5

    /// Connections that consumers use, the oldest first.
    var openConnections: [UInt64] { model.untaken.keys.sorted() }

    /// Subscribes on a new connection or on one that is there.
    mutating func attach() throws -> String? {
        let known = pick(openConnections)
        let isNew = known == nil || openConnections.count < Self.mostConnections && isOne(in: 2)
        let connection = try known.flatMap { isNew ? nil : $0 } ?? connect()
        return try subscribe(connection, UInt64.random(in: 1...2, using: &random))
    }

    mutating func connect() throws -> UInt64 {
        let connection = nextConnection
        nextConnection += 1
        _ = model.connect(connection)
        try harness.connect(connection)
        return connection
    }

    mutating func subscribe(_ connection: UInt64, _ number: UInt64) throws -> String? {
        let (topic, name) = (pick(Self.topics) ?? "", pick(Self.subscriptions) ?? "")
        let isNew = model.topics[topic]?.subscriptions[name] == nil
        return try subscribe(
            Subscribe(
                consumer: number, topic: topic, subscription: name,
                window: Int.random(in: 1...8, using: &random), grace: drawGrace(), from: drawStart(),
                options: isNew ? drawOptions(topic) : SubscriptionOptions()),
            on: connection)
    }

    mutating func subscribe(_ request: Subscribe, on connection: UInt64) throws -> String? {
        let expected = model.subscribe(request, on: connection)
        return try send(connection, .subscribe(request), expecting: expected)
    }

    mutating func changeWindow() throws -> String? {
        guard let consumer = pick(model.attached) else { return nil }
        let window = Int.random(in: 0...12, using: &random)
        let expected = model.setWindow(window, of: consumer.number, on: consumer.connection)
        return try send(
            consumer.connection, .window(consumer: consumer.number, window: window), expecting: expected)
    }

    mutating func unsubscribe() throws -> String? {
        guard let consumer = pickConsumer() else { return nil }
        let (connection, number) = (consumer.connection, isOne(in: 4) ? 3 - consumer.number : consumer.number)
        let expected = model.unsubscribe(number, on: connection)
        return try send(connection, .unsubscribe(consumer: number), expecting: expected)
    }

    /// A connection that was told too much has taken all of it.
    mutating func takeAll() throws -> String? {
        guard let connection = pick(model.blocked) else { return nil }
        return try takeAll(connection)
    }

    mutating func takeAll(_ connection: UInt64) throws -> String? {
        model.drained(connection)
        try harness.run([.drained(ConnectionID(connection))])
        return collect()
    }
}
