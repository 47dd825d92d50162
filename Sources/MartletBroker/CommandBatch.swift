// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A connection, as the core knows it.
package struct ConnectionID: Hashable, Sendable {
    /// Chosen by the server; it means nothing to the core.
    package var value: UInt64

    /// Makes an id.
    package init(_ value: UInt64) {
        self.value = value
    }
}

/// The commands that one read of one connection brought.
///
/// Filled by an event loop, handed over whole and given back when it has been applied.
// SAFETY: owned by one thread at a time; the inbox's lock lies between them.
package final class CommandBatch: @unchecked Sendable {
    /// A command in the order of the connection; all cases are plain values, so an array of them costs no counting.
    package enum Item {
        /// Publishes to one topic whose records lie one after another in `records`.
        case publish(topic: Int, count: Int, start: Int, end: Int)
        /// An ack of consecutive tags.
        case ack(consumer: UInt64, first: UInt64, last: UInt64)
        /// Any other command: its place in `requests`.
        case request(Int)
    }

    /// The connection.
    package private(set) var connection = ConnectionID(0)
    /// The commands.
    package private(set) var items: [Item] = []
    /// The rare commands.
    package private(set) var requests: [Request] = []
    /// The names of the topics published to.
    package private(set) var topics: [String] = []
    /// Bytes of records.
    package var recordBytes: Int { records.count }
    /// The records of the publishes.
    package var recordSlab: UnsafeRawBufferPointer { records.bytes }

    private var records = ByteSlab(capacity: 1_024)
    private var topicName: [UInt8] = []

    package init() {}

    /// Whether there is nothing to hand over.
    package var isEmpty: Bool { items.isEmpty }

    /// Begins anew for a connection.
    package func start(_ connection: ConnectionID) {
        self.connection = connection
        items.removeAll(keepingCapacity: true)
        requests.removeAll(keepingCapacity: true)
        topics.removeAll(keepingCapacity: true)
        topicName.removeAll(keepingCapacity: true)
        records.removeAll()
    }

    /// Whether the memory is small enough to be kept for another use.
    package var isWorthKeeping: Bool { records.capacity <= 512 * 1_024 }

    /// Adds a publish, whose bytes are copied.
    package func publish(topic name: UnsafeRawBufferPointer, _ fields: MessageFields) {
        let start = records.count
        Record.append(fields.stored, to: &records)
        if case .publish(let topic, let count, let first, let end)? = items.last, end == start, isLast(name) {
            items[items.count - 1] = .publish(topic: topic, count: count + 1, start: first, end: records.count)
        } else {
            items.append(.publish(topic: index(of: name), count: 1, start: start, end: records.count))
        }
    }

    /// Adds an ack.
    package func ack(consumer: UInt64, first: UInt64, last: UInt64) {
        items.append(.ack(consumer: consumer, first: first, last: last))
    }

    /// Adds any other command.
    package func add(_ request: Request) {
        requests.append(request)
        items.append(.request(requests.count - 1))
    }

    private func isLast(_ name: UnsafeRawBufferPointer) -> Bool {
        topicName.count == name.count && topicName.withUnsafeBytes { $0.elementsEqual(name) }
    }

    private func index(of name: UnsafeRawBufferPointer) -> Int {
        if !topics.isEmpty, isLast(name) { return topics.count - 1 }
        topicName.removeAll(keepingCapacity: true)
        topicName.append(contentsOf: name)
        topics.append(String(decoding: name, as: UTF8.self))
        return topics.count - 1
    }
}

/// What the core is fed with.
package enum Input: Sendable {
    /// A connection said hello.
    case connected(ConnectionID, client: String)
    /// A connection is gone.
    case disconnected(ConnectionID)
    /// A connection has taken all that was sent to it.
    case drained(ConnectionID)
    /// Commands of a connection.
    case commands(CommandBatch)
    /// The broker is about to stop.
    case stopping
}
