// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What lies on the disk when a broker starts, and at the end: nothing that was confirmed may be missing.
extension Promises {
    /// Looks at everything that was confirmed so far.
    func audit(_ contents: MemoryStore.Contents, isEnd: Bool = false) {
        let bodies = contents.log.mapValues(Self.bodies)
        // ORDER: the first of several violations is as good as another; which is told must follow from the seed.
        for publication in publications.values.sorted(by: { $0.body < $1.body }) {
            guard publication.confirmed != nil, let offset = publication.offset, let id = publication.topicID,
                topics[id]?.isRemoved == false
            else { continue }
            guard let row = contents.topics[id] else {
                violate("the topic \(publication.topic) is gone")
                continue
            }
            if offset >= row.first {
                expect(bodies[id]?[offset] == publication.body) {
                    "\(publication.topic) \(offset) was confirmed as \(publication.body) and is "
                        + "\(bodies[id]?[offset] ?? "lost")"
                }
            } else if offset >= topics[id]?.purgedBelow ?? 0 {
                for ledger in living
                where ledger.topicID == id && ledger.start <= offset
                    && !ledger.settings.ephemeral
                {
                    expect(isHandled(offset, ledger, contents)) {
                        "\(ledger.title): \(offset) was confirmed as \(publication.body), never settled and dropped"
                    }
                }
            }
        }
        for ledger in living { audit(ledger, contents, isEnd: isEnd) }
        for transaction in transactions { audit(transaction, contents, bodies) }
        for (key, record) in records.sorted(by: { $0.key < $1.key }) { audit(key, record, contents) }
    }

    static func bodies(_ segments: [Segment]) -> [UInt64: String] {
        var bodies: [UInt64: String] = [:]
        for segment in segments {
            var cursor = SegmentCursor(segment)
            while let message = cursor.next() {
                let range = message.start..<(message.start + message.size)
                let fields = StoredMessage.fields(of: UnsafeRawBufferPointer(rebasing: segment.bytes[range]))
                bodies[message.offset] = fields.map { String(decoding: $0.body, as: UTF8.self) }
            }
        }
        return bodies
    }

    /// Whether someone may have settled a message, or it is a dead letter.
    private func isHandled(_ offset: UInt64, _ ledger: SubscriptionLedger, _ contents: MemoryStore.Contents) -> Bool {
        if let message = ledger.messages[offset], message.isAcked || message.possibleAcks > 0 || message.isRejected {
            return true
        }
        // Of what has left the log only losses are remembered; what could be a dead letter has failed often enough.
        return ledger.messages[offset]?.failures ?? 0 >= UInt64(ledger.settings.maxFailures)
    }

    private func audit(_ ledger: SubscriptionLedger, _ contents: MemoryStore.Contents, isEnd: Bool) {
        guard let row = contents.subscriptions[ledger.id] else { return violate("\(ledger.title) is gone") }
        for (offset, message) in ledger.messages.sorted(by: { $0.key < $1.key }) where message.isAcked {
            expect(contents.isSettled(offset, row), "\(ledger.title): the confirmed ack of \(offset) is lost")
        }
        guard isEnd, !ledger.settings.ephemeral, let topic = contents.topics[ledger.topicID] else {
            return
        }
        let end = max(topic.next, contents.log[topic.id]?.last?.end ?? 1, row.start)
        for offset in row.start..<end {
            guard let publication = topics[ledger.topicID]?.publications[offset], publication.confirmed != nil,
                offset >= topics[ledger.topicID]?.purgedBelow ?? 0
            else { continue }
            let isDead = contents.endings[row.position]?.contains {
                $0.kind == .dead && ($0.first...$0.last).contains(offset)
            }
            expect(isDead == true || isHandled(offset, ledger, contents)) {
                "\(ledger.title): \(offset) was confirmed and never handled"
            }
        }
    }

    private func audit(
        _ transaction: SimulatedTransaction, _ contents: MemoryStore.Contents, _ bodies: [UInt64: [UInt64: String]]
    ) {
        let publication = transaction.publication
        guard let id = topicID(publication.topic), let first = contents.topics[id]?.first else { return }
        let key = StateRecord.rowKey(space: Self.space, key: Array(transaction.key.utf8))
        let hasRecord = contents.rows[.state]?[key] != nil
        let hasMessage = bodies[id]?.values.contains(publication.body) == true
        // A message whose place was never told may have been settled or purged.
        let isDropped = publication.offset.map { $0 < first } ?? (first > 1)
        switch transaction.outcome {
        case .committed:
            expect(hasRecord && (hasMessage || isDropped)) {
                "\(transaction.id) was committed; record \(hasRecord), message \(hasMessage)"
            }
        case .refused:
            expect(!hasRecord && !hasMessage) {
                "\(transaction.id) was refused; record \(hasRecord), message \(hasMessage)"
            }
        case .unknown:
            expect(hasRecord == hasMessage || hasRecord && isDropped) {
                "\(transaction.id) is done in part; record \(hasRecord), message \(hasMessage)"
            }
            expect(!hasRecord || transaction.mayBeCommitted, "\(transaction.id) is done, and nobody asked for it")
        }
    }

    private func audit(_ key: String, _ record: RecordLedger, _ contents: MemoryStore.Contents) {
        guard record.newest > 0 else { return }
        let stored = contents.rows[.state]?[StateRecord.rowKey(space: Self.space, key: Array(key.utf8))]
        guard let stored, let found = try? StateRecord(stored) else { return violate("the record \(key) is lost") }
        expect(found.version >= record.newest, "\(key) is version \(found.version) after \(record.newest)")
        if let value = record.values[found.version] {
            let text = String(decoding: found.value, as: UTF8.self)
            expect(text == value, "\(key) version \(found.version) is \(text), not \(value)")
        }
    }

    /// The space of all records of a simulation.
    static var space: String { "s" }
}

extension MemoryStore.Contents {
    /// Whether a message is settled for a subscription.
    func isSettled(_ offset: UInt64, _ row: StoredSubscription) -> Bool {
        if offset <= row.floor { return true }
        let (chunk, bit) = (offset / 4_096, offset % 4_096)
        guard let known = chunks[row.position]?[chunk] else { return false }
        guard let words = known else { return true }
        return words[Int(bit / 64)] & (1 << (bit % 64)) != 0
    }

    /// Messages of a topic that a subscription has not settled.
    func backlog(_ id: UInt64) -> UInt64 {
        guard let row = subscriptions[id], let owner = topics[row.topic] else { return 0 }
        let next = max(owner.next, log[owner.id]?.last?.end ?? 1)
        return next - 1 - min(next - 1, row.floor + row.settledAbove)
    }
}
