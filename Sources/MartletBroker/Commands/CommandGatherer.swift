// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The commands that one read of one connection brought, while they are gathered.
///
/// It is a value without references to it, so that adding a command costs no counting.
package struct CommandGatherer: ~Copyable {
    var items: [CommandBatch.Item] = []
    var commands: [Command] = []
    var refusals: [Refusal] = []
    var topics: [String] = []
    var records: ByteSlab
    var marks: [IDMark] = []
    var idKey: UInt64 = 0
    /// Bytes of values, and of messages with a time of their own.
    var valueBytes = 0
    private var topicName: [UInt8] = []

    /// Makes an empty one.
    package init() {
        records = ByteSlab(capacity: 1_024)
    }

    /// Whether nothing has been gathered.
    package var isEmpty: Bool { items.isEmpty }

    /// Adds a publish, whose bytes are copied.
    ///
    /// - Parameter idKey: the store's, with which an id is hashed here, where it does not keep the broker waiting.
    package mutating func publish(topic name: UnsafeRawBufferPointer, _ fields: MessageFields, idKey: UInt64) {
        let start = records.count
        StoredMessage.append(fields, to: &records)
        let hasID = !fields.id.isEmpty
        // Behind messages with ids others may follow; the first that has one begins a run.
        if case .publish(var run)? = items.last, run.end == start, run.hasIDs || !hasID, isLast(name) {
            run.count += 1
            run.end = records.count
            run.hasProcesses = run.hasProcesses || !fields.process.isEmpty
            items[items.count - 1] = .publish(run)
            if run.hasIDs { marks.append(IDMark(fields, size: records.count - start, idKey: idKey)) }
        } else {
            let topic = index(of: name)
            items.append(
                .publish(
                    CommandBatch.Run(
                        topic: topic, count: 1, start: start, end: records.count, hasIDs: hasID,
                        hasProcesses: !fields.process.isEmpty, firstMark: marks.count)))
            if hasID {
                marks.append(IDMark(fields, size: records.count - start, idKey: idKey))
                self.idKey = idKey
            }
        }
    }

    /// Adds an ack.
    package mutating func ack(consumer: UInt64, first: UInt64, last: UInt64) {
        items.append(.ack(consumer: consumer, first: first, last: last))
    }

    /// Adds any other command.
    package mutating func add(_ command: Command) {
        switch command {
        case .set(let set): valueBytes += set.value.count
        case .publish(let message): valueBytes += message.headers.count + message.body.count
        default: break
        }
        commands.append(command)
        items.append(.command(commands.count - 1))
    }

    /// Adds a frame that was refused, whose reply keeps its place.
    package mutating func add(_ refusal: Refusal) {
        refusals.append(refusal)
        items.append(.refused(refusals.count - 1))
    }

    private func isLast(_ name: UnsafeRawBufferPointer) -> Bool {
        guard topicName.count == name.count else { return false }
        return topicName.withUnsafeBytes { known in
            guard let known = known.baseAddress, let name = name.baseAddress else { return true }
            // SAFETY: both have as many bytes as are compared.
            return memcmp(known, name, topicName.count) == 0
        }
    }

    private mutating func index(of name: UnsafeRawBufferPointer) -> Int {
        if !topics.isEmpty, isLast(name) { return topics.count - 1 }
        topicName.removeAll(keepingCapacity: true)
        topicName.append(contentsOf: name)
        topics.append(String(decoding: name, as: UTF8.self))
        return topics.count - 1
    }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        commands.removeAll(keepingCapacity: true)
        refusals.removeAll(keepingCapacity: true)
        topics.removeAll(keepingCapacity: true)
        topicName.removeAll(keepingCapacity: true)
        valueBytes = 0
        marks.removeAll(keepingCapacity: true)
        records.removeAll()
    }

    /// Whether the memory is small enough to be kept for another use.
    var isWorthKeeping: Bool { records.capacity <= 512 * 1_024 }
}
