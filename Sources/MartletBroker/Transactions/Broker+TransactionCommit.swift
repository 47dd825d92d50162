// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// A commit checks all that a transaction holds, and then does all of it or none.
extension Broker {
    /// What the commands before one in the same transaction would have changed.
    struct PendingEffects {
        /// Scheduled messages that are cancelled or made visible, by topic and id.
        var gone: Set<[UInt8]> = []
        /// Messages that are scheduled, by topic and id.
        var scheduled: Set<[UInt8]> = []
        var versions: [[UInt8]: Versions] = [:]
        var tags: Set<Tag> = []
        /// Bytes of rows and dead letters.
        var produced = 0
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

        /// Notes that a message rests no more, since it is cancelled or visible.
        mutating func noteGone(_ place: [UInt8]) {
            scheduled.remove(place)
            gone.insert(place)
        }
    }

    /// The first thing that stands in the way of a commit.
    func check(_ transaction: Transaction, of connection: Connection) throws(StoreError) -> Transaction.Problem? {
        var pending = PendingEffects()
        for (index, operation) in transaction.operations.enumerated() {
            let refusal: Refusal?
            switch operation {
            case .publish(let topic, let record):
                refusal = try validate(topic, transaction.record(record), &pending)
            case .settle(let request):
                refusal = try validate(request, of: connection, &pending)
            case .set(let request):
                refusal =
                    isFull
                    ? full()
                    : try validate(request.space, request.key, request.expected, isRemoval: false, &pending)
            case .unset(let space, let key, let expected):
                refusal = isTight ? full() : try validate(space, key, expected, isRemoval: true, &pending)
            case .check(let space, let key, let version):
                let rowKey = StateRecord.rowKey(space: space, key: key)
                let current = try versions(of: rowKey, space, key, pending).current
                refusal = Self.refusal(.exactly(version), current: current)
            case .receipt(let request):
                refusal =
                    connection.consumers[request.consumer] == nil
                    ? .unknownConsumer(request.consumer) : isFull ? full() : nil
            case .timed, .cancel, .reschedule, .expect, .unexpect: refusal = try validate(operation, &pending)
            }
            if let refusal { return Transaction.Problem(index: index + 1, refusal: refusal) }
        }
        return nil
    }

    func validate(
        _ name: String, _ record: UnsafeRawBufferPointer, _ pending: inout PendingEffects
    ) throws(StoreError) -> Refusal? {
        let id = StoredMessage.fields(of: record).flatMap(identify)
        let topic = topics[name]
        if topic == nil {
            if isFull { return full() }
            if !configuration.autoCreateTopics { return .unknownTopic(name) }
        }
        let settings = topic?.row.settings ?? configuration.settings(forTopic: name)
        if let topic, let fields = StoredMessage.fields(of: record), let id,
            let resting = try scheduled(Array(fields.id), in: topic),
            !pending.gone.contains(Self.place(of: Array(fields.id), on: name))
        {
            return refusal(of: id, asRepeatOf: resting)
        }
        if let id, settings.dedupWindow > 0 {
            let known: DedupResult = if let topic { try dedupResult(of: id, in: topic) } else { .unknown }
            switch known {
            case .accepted: return nil
            case .conflict(let offset): return Self.idConflict(offset)
            case .unknown: break
            }
            if pending.ids[name]?[id.hash] == id.sum { return nil }
            if let refusal = pending.ids[name, default: [:]].conflict(with: id) { return refusal }
        }
        var messages = pending.messages[name] ?? (0, 0)
        messages = (messages.count + 1, messages.bytes + record.count)
        pending.messages[name] = messages
        guard let topic else {
            return refusal(in: name, settings, messages: UInt64(messages.count), bytes: UInt64(messages.bytes))
        }
        return try refusal(in: topic, for: messages.count, bytes: messages.bytes)
    }

    /// Every lease must still be held; a message whose lease has run out may be with another consumer.
    private func validate(
        _ request: Settle, of connection: Connection, _ pending: inout PendingEffects
    ) throws(StoreError) -> Refusal? {
        guard let consumer = connection.consumers[request.consumer] else { return .unknownConsumer(request.consumer) }
        for range in request.tags {
            // A gap is met before more is looked at than the consumer holds.
            for tag in range {
                guard consumer.leases.contains(tag) else { return Self.leaseLost(tag) }
                guard pending.tags.insert(PendingEffects.Tag(consumer: request.consumer, tag: tag)).inserted else {
                    return Self.leaseLost(tag)
                }
                pending.produced += try size(ofSettling: tag, request, consumer)
                // All of it is written at once.
                guard pending.produced <= configuration.stepBytes else {
                    return Refusal(.limit, "what a transaction returns takes at most \(configuration.stepBytes) bytes")
                }
            }
        }
        return refusal(of: request.verb, consumer.subscription)
    }

    /// About how many bytes a settle writes besides marking its message.
    private func size(ofSettling tag: UInt64, _ request: Settle, _ consumer: Consumer) throws(StoreError) -> Int {
        guard request.verb != .ack, var lease = consumer.leases[tag] else { return 0 }
        lease.failures += 1
        let row = 512 + request.note.utf8.count
        let outcome: AttemptOutcome = request.verb == .reject ? .reject : .nack
        guard request.verb != .release, isLast(outcome, lease, consumer.subscription),
            let (_, message) = try consumer.subscription.lane.find(lease.offset, source(of: consumer.subscription))
        else { return row }
        return row + message.size
    }

    private static func leaseLost(_ tag: UInt64) -> Refusal {
        Refusal(.leaseLost, "tags: \(tag) has no lease any more")
    }

    private func validate(
        _ space: String, _ key: [UInt8], _ expected: RecordVersion, isRemoval: Bool, _ pending: inout PendingEffects
    ) throws(StoreError) -> Refusal? {
        let rowKey = StateRecord.rowKey(space: space, key: key)
        var versions = try versions(of: rowKey, space, key, pending)
        if let refusal = Self.refusal(expected, current: versions.current) { return refusal }
        if !isRemoval || versions.current > 0 { versions.last += 1 }
        versions.current = isRemoval ? 0 : versions.last
        pending.versions[rowKey] = versions
        return nil
    }

    /// The versions of a record as the commands before this one leave them.
    private func versions(
        of rowKey: [UInt8], _ space: String, _ key: [UInt8], _ pending: PendingEffects
    ) throws(StoreError) -> PendingEffects.Versions {
        if let known = pending.versions[rowKey] { return known }
        let record = try lastRecord(space, key)
        let last = record?.version ?? 0
        return PendingEffects.Versions(current: record?.exists(at: dueNow) == true ? last : 0, last: last)
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
                var progress = SettleProgress(request, consumer)
                try settleAll(&progress)
            case .set(let request): _ = try set(request)
            case .unset(let space, let key, _): _ = try unset(space, key)
            case .check: break
            case .receipt(let request):
                guard let consumer = connection.consumers[request.consumer] else { preconditionFailure() }
                try writeReceipt(request, for: consumer.subscription)
            case .timed(let request):
                let (offset, isNew) = try publishTimed(request)
                offsets.append(offset)
                if !isNew { duplicates.append(index + 1) }
            case .cancel, .reschedule, .expect, .unexpect: try performScheduled(operation)
            }
        }
        let count = transaction.operations.count
        reply(.committed(count: count, offsets: offsets, duplicates: duplicates), to: connection)
    }

    /// Appends one message, unless it was accepted before.
    private func publish(
        _ record: UnsafeRawBufferPointer, to name: String
    ) throws(StoreError) -> (offset: UInt64, isNew: Bool) {
        let topic = checkedTopic(name)
        if let fields = StoredMessage.fields(of: record), !fields.id.isEmpty,
            try scheduled(Array(fields.id), in: topic) != nil
        {
            return (0, false)
        }
        if let id = StoredMessage.fields(of: record).flatMap(identify) {
            if case .accepted(let offset) = try dedupResult(of: id, in: topic) { return (offset, false) }
            remember(id, offset: topic.row.next, in: topic)
        }
        try noteProcesses(record, to: topic)
        let offset = append(record, count: 1, to: topic)
        if StoredMessage.fields(of: record).map({ isUnseen($0, in: topic) }) == true {
            announceUnseen(topic, first: offset)
        }
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
