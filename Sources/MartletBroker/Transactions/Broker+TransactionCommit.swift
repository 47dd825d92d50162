// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// A commit checks all that a transaction holds, and then does all of it or nothing.
extension Broker {
    /// What the commands before one in the same transaction would have changed.
    private struct Foresight {
        var versions: [[UInt8]: Versions] = [:]
        var tags: Set<Tag> = []
        var ids: [String: [UInt64: UInt32]] = [:]
        var messages: [String: (count: Int, bytes: Int)] = [:]

        /// The version of a record, 0 when it is not there, and the last that it had.
        struct Versions {
            var current: UInt64
            var last: UInt64
        }

        struct Tag: Hashable {
            var consumer: UInt64
            var tag: UInt64
        }
    }

    /// The first thing that stands in the way of a commit.
    func check(_ transaction: Transaction, of connection: Connection) throws(StoreError) -> Transaction.Problem? {
        var foresight = Foresight()
        for (index, operation) in transaction.operations.enumerated() {
            let refusal: Refusal?
            switch operation {
            case .publish(let topic, let record):
                refusal = try objection(topic, transaction.record(record), &foresight)
            case .settle(let request):
                refusal = objection(request, of: connection, &foresight)
            case .set(let request):
                refusal =
                    store.isFull
                    ? Refusal.full
                    : try objection(request.space, request.key, request.expected, isRemoval: false, &foresight)
            case .unset(let space, let key, let expected):
                refusal = try objection(space, key, expected, isRemoval: true, &foresight)
            case .receipt(let request):
                refusal =
                    connection.consumers[request.consumer] == nil
                    ? .unknownConsumer(request.consumer) : store.isFull ? Refusal.full : nil
            }
            if let refusal { return Transaction.Problem(index: index + 1, refusal: refusal) }
        }
        return nil
    }

    private func objection(
        _ name: String, _ record: UnsafeRawBufferPointer, _ foresight: inout Foresight
    ) throws(StoreError) -> Refusal? {
        let id = Record.fields(of: record).flatMap(identify)
        let topic = topics[name]
        if topic == nil {
            if store.isFull { return Refusal.full }
            if !configuration.autoCreateTopics { return .unknownTopic(name) }
        }
        let settings = topic?.row.settings ?? configuration.settings(forTopic: name)
        if let id, settings.dedupWindow > 0 {
            let known: Acquaintance = if let topic { try acquaintance(id, in: topic) } else { .unknown }
            switch known {
            case .accepted: return nil
            case .conflict(let offset): return Self.idConflict(offset)
            case .unknown: break
            }
            if foresight.ids[name]?[id.hash] == id.sum { return nil }
            if let refusal = foresight.ids[name, default: [:]].conflict(with: id) { return refusal }
        }
        var messages = foresight.messages[name] ?? (0, 0)
        messages = (messages.count + 1, messages.bytes + record.count)
        foresight.messages[name] = messages
        guard let topic else {
            return refusal(in: name, settings, messages: UInt64(messages.count), bytes: UInt64(messages.bytes))
        }
        return refusal(in: topic, for: messages.count, bytes: messages.bytes)
    }

    /// Every lease has to be held still; an ack that comes too late is somebody else's business.
    private func objection(
        _ request: Settle, of connection: Connection, _ foresight: inout Foresight
    ) -> Refusal? {
        guard let consumer = connection.consumers[request.consumer] else { return .unknownConsumer(request.consumer) }
        for range in request.tags {
            let live = consumer.leases.tags(in: range)
            guard UInt64(live.count) == range.upperBound - range.lowerBound + 1 else {
                // The tags are in order, so that the first gap is where they leave the row.
                let held = zip(range, live).prefix { $0 == $1 }.count
                return Self.leaseLost(range.lowerBound + UInt64(held))
            }
            for tag in live {
                guard foresight.tags.insert(Foresight.Tag(consumer: request.consumer, tag: tag)).inserted else {
                    return Self.leaseLost(tag)
                }
            }
        }
        return nil
    }

    private static func leaseLost(_ tag: UInt64) -> Refusal {
        Refusal(.leaseLost, "tags: \(tag) has no lease any more")
    }

    private func objection(
        _ space: String, _ key: [UInt8], _ expected: ExpectedVersion, isRemoval: Bool, _ foresight: inout Foresight
    ) throws(StoreError) -> Refusal? {
        let rowKey = StateRecord.rowKey(space: space, key: key)
        var versions: Foresight.Versions
        if let known = foresight.versions[rowKey] {
            versions = known
        } else {
            let record = try lastRecord(space, key)
            let last = record?.version ?? 0
            versions = Foresight.Versions(current: record?.exists(at: now.wall) == true ? last : 0, last: last)
        }
        if let refusal = Self.refusal(expected, current: versions.current) { return refusal }
        if !isRemoval || versions.current > 0 { versions.last += 1 }
        versions.current = isRemoval ? 0 : versions.last
        foresight.versions[rowKey] = versions
        return nil
    }

    // MARK: - Doing

    /// Does what was checked; the replies follow its order.
    func perform(_ transaction: Transaction, for connection: Connection) throws(StoreError) {
        var offsets: [UInt64] = []
        var duplicates: [Int] = []
        for (index, operation) in transaction.operations.enumerated() {
            switch operation {
            case .publish(let name, let range):
                let (offset, isNew) = try publish(transaction.record(range), to: name)
                offsets.append(offset)
                if !isNew { duplicates.append(index + 1) }
            case .settle(let request):
                guard let consumer = connection.consumers[request.consumer] else { preconditionFailure() }
                _ = try settle(request, consumer)
            case .set(let request): _ = try set(request)
            case .unset(let space, let key, _): _ = try unset(space, key)
            case .receipt(let request):
                guard let consumer = connection.consumers[request.consumer] else { preconditionFailure() }
                try writeReceipt(request, for: consumer.subscription)
            }
        }
        let count = transaction.operations.count
        reply(.committed(count: count, offsets: offsets, duplicates: duplicates), to: connection)
    }

    /// Appends one message, unless it was accepted before.
    private func publish(
        _ record: UnsafeRawBufferPointer, to name: String
    ) throws(StoreError) -> (offset: UInt64, isNew: Bool) {
        guard let topic = topicToPublish(name) else { preconditionFailure("a publish was not checked") }
        if let id = Record.fields(of: record).flatMap(identify) {
            if case .accepted(let offset) = try acquaintance(id, in: topic) { return (offset, false) }
            remember(id, offset: topic.row.next, in: topic)
        }
        let offset = append(record, count: 1, to: topic)
        if topic.subscriptions.isEmpty { announceUnseen(topic, first: offset) }
        return (offset, true)
    }
}

extension [UInt64: UInt32] {
    /// Remembers an id within a transaction, or says that it was used there with another body.
    fileprivate mutating func conflict(with id: MessageID) -> Refusal? {
        guard let sum = self[id.hash] else {
            self[id.hash] = id.sum
            return nil
        }
        return sum == id.sum ? nil : Refusal(.idConflict, "id: it was used with another body in this transaction")
    }
}
