// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// What a connection said between `BEGIN` and `COMMIT`; nothing of it is done before.
final class Transaction {
    /// A command that waits for the commit.
    enum Operation {
        /// A publish: its topic, and where its record lies.
        case publish(topic: String, record: Range<Int>)
        case settle(Settle)
        case set(SetRecord)
        case unset(space: String, key: [UInt8], expected: RecordVersion)
        /// A record must have this version, 0 for none.
        case check(space: String, key: [UInt8], version: UInt64)
        case receipt(WriteReceipt)
        /// A publish that names a time.
        case timed(TimedPublish)
        case cancel(topic: String, id: [UInt8])
        case reschedule(topic: String, id: [UInt8], to: Schedule)
        case expect(Expect)
        case unexpect(process: [UInt8], topic: String, id: [UInt8])
    }

    /// Why a transaction cannot be committed any more.
    struct Problem {
        /// The command's place, from 1, or 0 when it is about the transaction.
        var index: Int
        var refusal: Refusal

        /// What `COMMIT` is answered.
        var reply: Refusal { Refusal(.tx, "\(index):\(refusal.code.rawValue) \(refusal.text)") }
    }

    /// The id by which its outcome can be asked for, or nil.
    let id: [UInt8]?
    private(set) var operations: [Operation] = []
    /// Bytes that it holds.
    private(set) var bytes = 0
    /// The topics to which it publishes messages with ids.
    private(set) var topicsWithIDs: Set<String> = []
    /// Commands that were said, those included that were refused.
    private(set) var commandCount = 0
    /// What was wrong first.
    private(set) var problem: Problem?
    private var records = ByteSlab(capacity: 64)

    /// When it was opened, in steady milliseconds.
    let opened: UInt64

    init(id: [UInt8]?, opened: UInt64) {
        self.id = id
        self.opened = opened
    }

    /// The record of a publish, valid as long as nothing is added.
    func record(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: records.bytes[range])
    }

    /// Counts a command in, whether it will be done or not.
    func count() {
        commandCount += 1
    }

    func add(_ operation: Operation, bytes size: Int) {
        if case .timed(let request) = operation, !request.id.isEmpty { topicsWithIDs.insert(request.topic) }
        operations.append(operation)
        bytes += size
    }

    func add(_ record: UnsafeRawBufferPointer, topic: String, hasIDs: Bool) {
        let start = records.count
        if hasIDs { topicsWithIDs.insert(topic) }
        records.append(record)
        add(.publish(topic: topic, record: start..<records.count), bytes: record.count)
    }

    /// Notes why it cannot be committed; what it holds is of no use any more.
    func fail(_ refusal: Refusal, at index: Int) {
        guard problem == nil else { return }
        problem = Problem(index: index, refusal: refusal)
        operations = []
        topicsWithIDs = []
        bytes = 0
        records = ByteSlab(capacity: 64)
    }
}
