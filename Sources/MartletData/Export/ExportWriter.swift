// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletStore

/// Writes the lines of one export.
final class ExportWriter {
    private let snapshot: StoreSnapshot
    private let topics: [StoredTopic]
    private let names: [UInt64: StoredTopic]
    private let isWhole: Bool
    private let growth: Growth
    private var lines: LineWriter
    private var report = Export.Report()
    private var subscriptions: Set<UInt64> = []
    private var positions: Set<UInt64> = []
    /// The message that comes next in the topic at hand.
    private var place: (topic: UInt64, next: UInt64)?

    init(
        _ snapshot: StoreSnapshot, _ topics: [StoredTopic], isWhole: Bool, _ growth: Growth,
        _ write: @escaping ([UInt8]) throws -> Void
    ) {
        self.snapshot = snapshot
        self.topics = topics
        self.isWhole = isWhole
        self.growth = growth
        names = Dictionary(topics.map { ($0.id, $0) }) { first, _ in first }
        lines = LineWriter(write)
    }

    func run(_ head: HeadLine) throws -> Export.Report {
        try lines.append(head)
        for topic in topics { try lines.append(TopicLine(topic)) }
        for row in try snapshot.subscriptions() {
            guard let topic = names[row.topic] else { continue }
            subscriptions.insert(row.id)
            positions.formUnion([row.position] + row.earlier.map(\.position))
            try lines.append(SubscriptionLine(row, topic: topic.name))
        }
        try snapshot.segments { topic, base, what in
            guard let name = self.names[topic]?.name else { return }
            self.report.lost.append("topic '\(name)' from offset \(base) on: \(what)")
            self.place = nil
        } _: {
            try self.append($0)
        }
        try snapshot.rows { try self.append($0) }
        try lines.append(EndLine(lines: lines.lines, messages: report.messages))
        try lines.flush()
        (report.lines, report.bytes) = (lines.lines, lines.bytes)
        report.grownBytes = growth.bytes
        return report
    }

    private func append(_ segment: Segment) throws {
        guard let topic = names[segment.topic] else { return }
        try growth.check()
        var cursor = SegmentCursor(segment)
        var total = segment.total - segment.payload
        while let message = cursor.next() {
            defer { total += UInt64(message.size) }
            guard message.offset >= topic.first else { continue }
            let bytes = UnsafeRawBufferPointer(
                rebasing: segment.bytes[message.start..<message.start + message.size])
            guard let record = LineRecord(bytes) else {
                throw DataError(.damaged, "the record of offset \(message.offset) of '\(topic.name)' cannot be read")
            }
            let follows = place.map { $0 == (segment.topic, message.offset) } ?? false
            if let place, place.topic == segment.topic, !follows {
                report.lost.append(
                    "topic '\(topic.name)' from offset \(place.next) to \(message.offset - 1): packs are missing")
            }
            let head = LogMessageLine.Head(
                topic: topic.name, offset: message.offset, time: message.time, bytesBefore: follows ? nil : total)
            try lines.append(LogMessageLine(head: head, record: record))
            report.messages += 1
            place = (segment.topic, message.offset + 1)
        }
    }

    private func append(_ row: SnapshotRow) throws {
        switch row {
        case .settled(let position, let ranges):
            if positions.contains(position), !ranges.isEmpty { try lines.append(SettledLine(position, ranges)) }
        case .returned(let position, let row):
            if positions.contains(position) { try lines.append(ReturnedLine(position, row)) }
        case .ending(let position, let ending):
            if positions.contains(position) { try lines.append(EndingLine(position, ending)) }
        case .ids(let topic, let ids): if let name = names[topic]?.name { try lines.append(IDsLine(name, ids)) }
        case .processes(let topic, let marks):
            if let name = names[topic]?.name { try lines.append(ProcessesLine(name, marks)) }
        case .expiry(let topic, let due):
            if let name = names[topic]?.name {
                try lines.append(ExpiryLine(topic: name, offset: due.offset, time: due.time))
            }
        case .keyed(let row): try append(row)
        }
    }

    private func append(_ row: KeyedRow) throws {
        let owner = row.key.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch row.table {
        case .state: if isWhole { try lines.append(StateLine(StateRecord(row))) }
        case .outcomes:
            let outcome = StoredOutcome(row)
            if isWhole {
                try lines.append(
                    OutcomeLine(id: LineBytes(outcome.id), committed: outcome.isCommitted, expires: outcome.expiresAt))
            }
        case .receipts:
            guard subscriptions.contains(owner) else { return }
            try lines.append(
                ReceiptLine(
                    subscription: owner, key: LineBytes(row.key.dropFirst(8)), outcome: Receipt.outcome(of: row),
                    time: Receipt.time(of: row), expires: row.expiresAt ?? .max))
        case .scheduled, .scheduledAt: try appendScheduled(ScheduledMessage(row))
        case .copies:
            guard positions.contains(owner), row.key.count == 16, row.value.count > 8,
                let record = row.value.withUnsafeBytes({ LineRecord(UnsafeRawBufferPointer(rebasing: $0[8...])) })
            else { return }
            let offset = row.key.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let time = row.value.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
            try lines.append(
                CopyLine(head: CopyLine.Head(position: owner, offset: offset, time: time), record: record))
        case .redrives:
            if subscriptions.contains(owner) { try lines.append(RedriveLine(StoredRedrive(row, subscription: owner))) }
        case .expectations:
            let expectation = try Expectation(key: row.key, due: row.expiresAt ?? .max)
            guard let topic = names[expectation.topic] else { return }
            try lines.append(
                ExpectationLine(
                    process: LineBytes(expectation.process), topic: topic.name,
                    name: LineBytes(unlessEmpty: expectation.name), due: expectation.due))
        // They follow from the scheduled messages.
        case .scheduledIDs: break
        }
    }

    private func appendScheduled(_ message: ScheduledMessage) throws {
        guard let topic = names[message.topic], message.number >= topic.firstScheduled else { return }
        guard let record = message.record.withUnsafeBytes({ LineRecord($0) }) else {
            throw DataError(.damaged, "a scheduled message of '\(topic.name)' cannot be read")
        }
        let head = ScheduledLine.Head(
            topic: topic.name, due: message.due, number: message.number, at: message.isAbsolute,
            ttl: message.ttl == 0 ? nil : message.ttl)
        try lines.append(ScheduledLine(head: head, record: record))
    }
}
