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
    fileprivate var items: [CommandBatch.Item] = []
    fileprivate var commands: [Command] = []
    fileprivate var refusals: [Refusal] = []
    fileprivate var topics: [String] = []
    fileprivate var records: ByteSlab
    fileprivate var marks: [IDMark] = []
    fileprivate var idKey: UInt64 = 0
    /// Bytes of values.
    fileprivate var valueBytes = 0
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
        Record.append(fields, to: &records)
        let hasID = !fields.id.isEmpty
        // Behind messages with ids others may follow; the first that has one begins a run.
        if case .publish(var run)? = items.last, run.end == start, run.hasIDs || !hasID, isLast(name) {
            run.count += 1
            run.end = records.count
            items[items.count - 1] = .publish(run)
            if run.hasIDs { marks.append(IDMark(fields, size: records.count - start, idKey: idKey)) }
        } else {
            let topic = index(of: name)
            items.append(
                .publish(
                    CommandBatch.Run(
                        topic: topic, count: 1, start: start, end: records.count, hasIDs: hasID,
                        firstMark: marks.count)))
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
        if case .set(let set) = command { valueBytes += set.value.count }
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

    fileprivate mutating func removeAll() {
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
    fileprivate var isWorthKeeping: Bool { records.capacity <= 512 * 1_024 }
}

/// The commands that one read of one connection brought.
///
/// Filled by an event loop, handed over whole and given back when it has been applied.
// SAFETY: owned by one thread at a time; the inbox's lock lies between them.
package final class CommandBatch: @unchecked Sendable {
    /// Publishes to one topic whose records lie one after another.
    package struct Run {
        /// The topic's place in `topics`.
        package var topic: Int
        /// Messages.
        package var count: Int
        /// Where the records begin.
        package var start: Int
        /// Where they end.
        package var end: Int
        /// Whether some of them have ids, the first among them; then each has a mark.
        package var hasIDs: Bool
        /// The place of the first mark.
        package var firstMark: Int
    }

    /// A command in the order of the connection; all cases are plain values, so an array of them costs no counting.
    package enum Item {
        /// Publishes to one topic.
        case publish(Run)
        /// An ack of consecutive tags.
        case ack(consumer: UInt64, first: UInt64, last: UInt64)
        /// Any other command: its place in `commands`.
        case command(Int)
        /// A frame that was refused: its place in `refusals`.
        case refused(Int)
    }

    /// The connection.
    package private(set) var connection = ConnectionID(0)
    private var gathered = CommandGatherer()

    package init() {}

    /// Swaps what was gathered with the empty memory in here.
    package func take(_ gathered: inout CommandGatherer, of connection: ConnectionID) {
        self.connection = connection
        swap(&self.gathered, &gathered)
    }

    /// The commands.
    package var items: [Item] { gathered.items }
    /// The rare commands.
    package var commands: [Command] { gathered.commands }
    /// Why frames were refused.
    package var refusals: [Refusal] { gathered.refusals }
    /// The names of the topics published to.
    package var topics: [String] { gathered.topics }
    /// Bytes of records and values.
    package var bytes: Int { gathered.records.count + gathered.valueBytes }
    /// Whether a transaction is committed in it.
    var commits: Bool {
        gathered.commands.contains(.commit)
    }
    /// The records of a run.
    func records(of run: Run) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: gathered.records.bytes[run.start..<run.end])
    }
    /// What is to be known of the ids of a run.
    func marks(of run: Run) -> ArraySlice<IDMark> {
        run.hasIDs ? gathered.marks[run.firstMark..<run.firstMark + run.count] : []
    }
    /// What the ids were hashed with.
    var idKey: UInt64 { gathered.idKey }

    /// Forgets the commands; false when the memory is too large to be kept.
    package func clear() -> Bool {
        gathered.removeAll()
        return gathered.isWorthKeeping
    }
}
