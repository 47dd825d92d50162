// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

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
        /// Whether some of them belong to processes.
        package var hasProcesses: Bool
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
    /// Who says it; nil is the connection's own user.
    package private(set) var access: Access?
    // SAFETY: it is changed by `take` and `clear` alone, neither of which calls anything that reads it.
    @exclusivity(unchecked) private var gathered = CommandGatherer()

    package init() {}

    /// Swaps what was gathered with the empty memory in here.
    package func take(_ gathered: inout CommandGatherer, of connection: ConnectionID, as access: Access? = nil) {
        self.connection = connection
        self.access = access
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
    func messages(of run: Run) -> UnsafeRawBufferPointer {
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
