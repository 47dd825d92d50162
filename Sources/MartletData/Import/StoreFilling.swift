// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import LMDB
import MartletStore

/// Fills a new store with what lines say.
final class StoreFilling {
    /// Bytes of operations that are committed at once, roughly.
    private static let portion = 4 << 20

    private let store: DiskStore
    private var head: HeadLine?
    private var topics: [String: StoredTopic] = [:]
    private var operations: [StoreOperation] = []
    private var weight = 0
    private var batch: UInt64 = 0
    private var log: LogFilling
    private var messages = 0
    private(set) var isAtEnd = false

    init(_ store: DiskStore) {
        self.store = store
        log = LogFilling()
    }

    /// Takes one line.
    func take(_ line: Data, _ decoder: JSONDecoder, number: Int) throws {
        let type = try decoder.decode(LineKind.self, from: line).type
        guard !isAtEnd else { throw DataError(.refused, "something stands behind the end") }
        guard head != nil else {
            guard type == HeadLine.type else {
                throw DataError(.refused, "an export begins with a line of type 'export'")
            }
            return try begin(decoder, line)
        }
        switch type {
        case HeadLine.type: throw DataError(.refused, "a second export begins")
        case LogMessageLine.type: try append(try decoder.decode(LogMessageLine.self, from: line))
        case TopicLine.type:
            let row = try decoder.decode(TopicLine.self, from: line).row()
            guard topics.updateValue(row, forKey: row.name) == nil else {
                throw DataError(.refused, "topic '\(row.name)' is there twice")
            }
            try add(.putTopic(row), line)
        case EndLine.type: try end(decoder.decode(EndLine.self, from: line), number)
        default: try takeRow(type, line, decoder)
        }
    }

    private func begin(_ decoder: JSONDecoder, _ line: Data) throws {
        struct Version: Decodable {
            var format: String
            var version: Int
        }
        let version = try decoder.decode(Version.self, from: line)
        guard version.format == HeadLine.format, version.version == HeadLine.version else {
            throw DataError(
                .schema,
                "the lines are of format '\(version.format)' version \(version.version), and this martlet knows "
                    + "'\(HeadLine.format)' version \(HeadLine.version)")
        }
        let head = try decoder.decode(HeadLine.self, from: line)
        self.head = head
        if let key = head.idKey { try add(.setIDKey(key), line) }
    }

    private func topic(_ name: String) throws -> StoredTopic {
        guard let topic = topics[name] else { throw DataError(.refused, "topic '\(name)' was not named before") }
        return topic
    }

    private func takeRow(_ type: String, _ line: Data, _ decoder: JSONDecoder) throws {
        switch type {
        case SubscriptionLine.type:
            let subscription = try decoder.decode(SubscriptionLine.self, from: line)
            try add(.putSubscription(try subscription.row(topic: try topic(subscription.topic).id)), line)
        case SettledLine.type:
            let settled = try decoder.decode(SettledLine.self, from: line)
            if !settled.ranges.isEmpty { try add(try settled.operation(), line) }
        case ReturnedLine.type: try add(try decoder.decode(ReturnedLine.self, from: line).operation(), line)
        case EndingLine.type: try add(try decoder.decode(EndingLine.self, from: line).operation(), line)
        case IDsLine.type:
            let ids = try decoder.decode(IDsLine.self, from: line)
            try add(ids.operation(topic: try topic(ids.topic).id), line)
        case ProcessesLine.type:
            let marks = try decoder.decode(ProcessesLine.self, from: line)
            try add(marks.operation(topic: try topic(marks.topic).id), line)
        case ExpiryLine.type:
            let expiry = try decoder.decode(ExpiryLine.self, from: line)
            let due = Due(time: expiry.time, offset: expiry.offset)
            try add(.putExpiries(topic: try topic(expiry.topic).id, [due]), line)
        default: try takeKeyed(type, line, decoder)
        }
    }

    private func takeKeyed(_ type: String, _ line: Data, _ decoder: JSONDecoder) throws {
        switch type {
        case StateLine.type: try add(try decoder.decode(StateLine.self, from: line).operation(), line)
        case ReceiptLine.type: try add(try decoder.decode(ReceiptLine.self, from: line).operation(), line)
        case OutcomeLine.type: try add(try decoder.decode(OutcomeLine.self, from: line).operation(), line)
        case RedriveLine.type: try add(decoder.decode(RedriveLine.self, from: line).operation(), line)
        case ScheduledLine.type:
            let scheduled = try decoder.decode(ScheduledLine.self, from: line)
            let head = scheduled.head
            let message = ScheduledMessage(
                topic: try topic(head.topic).id, due: head.due, number: head.number, isAbsolute: head.at,
                ttl: head.ttl ?? 0, record: try scheduled.record.bytes())
            try add(.putRow(message.row, replacing: nil), line)
            if let id = message.id { try add(.putRow(message.idRow(id), replacing: nil), line) }
        case CopyLine.type:
            let copy = try decoder.decode(CopyLine.self, from: line)
            let key = [copy.head.position, copy.head.offset].flatMap { number in
                withUnsafeBytes(of: number.bigEndian) { Array($0) }
            }
            let time = withUnsafeBytes(of: copy.head.time.littleEndian) { Array($0) }
            let row = KeyedRow(table: .copies, key: key, value: time + (try copy.record.bytes()), expiresAt: nil)
            try add(.putRow(row, replacing: nil), line)
        case ExpectationLine.type:
            let line = (bytes: line, value: try decoder.decode(ExpectationLine.self, from: line))
            guard (1...200).contains(line.value.process.bytes.count), line.value.name.orEmpty.count <= 200 else {
                throw DataError(.refused, "an expectation has no process, or a name that is too long")
            }
            let expectation = Expectation(
                process: line.value.process.bytes, topic: try topic(line.value.topic).id,
                name: line.value.name.orEmpty, due: line.value.due)
            try add(.putRow(expectation.row, replacing: nil), line.bytes)
        default: throw DataError(.refused, "there is no line of type '\(type)'")
        }
    }

    private func append(_ message: LogMessageLine) throws {
        let topic = try topic(message.head.topic)
        messages += 1
        if let segment = try log.append(message, to: topic, packLimit: store.packLimit(topic: topic.id)) {
            try add(.append(segment), weight: segment.bytes.count)
        }
    }

    private func add(_ operation: StoreOperation, _ line: Data) throws {
        if let segment = log.close() { try add(.append(segment), weight: segment.bytes.count) }
        try add(operation, weight: line.count)
    }

    private func add(_ operation: StoreOperation, weight: Int) throws {
        operations.append(operation)
        self.weight += weight + 64
        if self.weight >= Self.portion { try commit() }
    }

    private func commit() throws {
        batch += 1
        try store.commit(StoreBatch(index: batch, time: 0, operations: operations))
        (operations, weight) = ([], 0)
    }

    private func end(_ line: EndLine, _ number: Int) throws {
        guard line.lines == number - 1, line.messages == messages else {
            throw DataError(
                .damaged,
                "the end says \(line.lines) lines and \(line.messages) messages, and there are \(number - 1) and "
                    + "\(messages)"
            )
        }
        if let segment = log.close() { try add(.append(segment), weight: segment.bytes.count) }
        // Nothing is what a new store holds.
        if !operations.isEmpty { try commit() }
        guard let head else { return }
        try store.goOn(
            from: head.batch, at: head.batchTime, nextTopic: head.nextTopic, nextSubscription: head.nextSubscription)
        isAtEnd = true
    }
}
