// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

/// The commands that one read of one connection brought, while they are gathered.
///
/// It is a value without references to it, so that adding a command costs no counting.
package struct CommandGatherer: ~Copyable {
    var items: [CommandBatch.Item] = []
    var commands: [Command] = []
    var refusals: [Refusal] = []
    private var topicNames = TopicNames()
    var records: ByteSlab
    var marks: [IDMark] = []
    var idKey: UInt64 = 0
    /// Bytes of values, and of messages with a time of their own.
    var valueBytes = 0

    /// Makes an empty one.
    package init() {
        records = ByteSlab(capacity: 1_024)
    }

    /// The names of the topics published to.
    var topics: [String] { topicNames.names }

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
        if case .publish(var run)? = items.last, run.end == start, run.hasIDs || !hasID,
            topicNames.has(name, at: run.topic)
        {
            run.count += 1
            run.end = records.count
            run.hasProcesses = run.hasProcesses || !fields.process.isEmpty
            items[items.count - 1] = .publish(run)
            if run.hasIDs { marks.append(IDMark(fields, size: records.count - start, idKey: idKey)) }
        } else {
            items.append(
                .publish(
                    CommandBatch.Run(
                        topic: topicNames.place(of: name), count: 1, start: start, end: records.count, hasIDs: hasID,
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

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        commands.removeAll(keepingCapacity: true)
        refusals.removeAll(keepingCapacity: true)
        topicNames.removeAll()
        valueBytes = 0
        marks.removeAll(keepingCapacity: true)
        records.removeAll()
    }

    /// Whether the memory is small enough to be kept for another use.
    var isWorthKeeping: Bool { records.capacity <= 512 * 1_024 }
}
