// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

/// All that a broker committed and said, in order, as bytes that can be compared.
struct Transcript {
    /// One entry for each operation, and for each reply and delivery of an outbox.
    private(set) var entries: [[UInt8]] = []

    private mutating func add(_ text: String, _ bytes: UnsafeRawBufferPointer? = nil) {
        entries.append(Array(text.utf8) + (bytes.map(Array.init) ?? []))
    }

    // MARK: - What is committed

    /// Adds what one step commits.
    mutating func add(_ batch: StoreBatch) {
        add("batch \(batch.index) of \(batch.operations.count) ")
        for operation in batch.operations {
            if case .append(let segment) = operation {
                add(
                    "append \(segment.topic) \(segment.base) \(segment.count) \(segment.total) ", segment.bytes)
            } else {
                add("\(operation)")
            }
        }
        entries.append(batch.bytes)
    }

    // MARK: - What is said

    /// Adds what is said to one connection.
    mutating func add(_ outbox: Outbox) {
        let connection = outbox.connection.value
        for item in outbox.items { add(item, of: outbox) }
        for delivery in outbox.deliveries {
            let receipt = delivery.receipt < 0 ? "" : outbox.receipts[Int(delivery.receipt)]
            add(
                "\(connection) MSG \(delivery.consumer) \(delivery.tag) \(delivery.offset) \(delivery.time) "
                    + "\(delivery.attempt) '\(receipt)' ",
                outbox.fields(of: delivery)?.body)
        }
        if outbox.wantsDrained { add("\(connection) wants to be told") }
    }

    private mutating func add(_ item: Outbox.Item, of outbox: Outbox) {
        let connection = outbox.connection.value
        switch item {
        case .reply(let index): add(outbox.replies[index], to: connection)
        case .refused(let count, let index): add("\(connection) \(count) x \(outbox.replies[index])")
        default: add("\(connection) \(item)")
        }
    }

    private mutating func add(_ reply: Reply, to connection: UInt64) {
        guard case .messages(let messages) = reply else { return add("\(connection) \(reply)") }
        for message in messages.elements {
            add("\(connection) DATA \(message.offset) \(message.time) ", message.fields?.body)
        }
    }
}
