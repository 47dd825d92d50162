// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker
import MartletLock
package import MartletModel
import Synchronization

/// Batches that wait to be used again, so that the data path allocates nothing in the long run.
///
/// It also knows how much waits for the broker: at its limit connections read no more commands, and while the broker
/// flushes, memory does not grow with the number of those who publish.
package final class BatchPool: Sendable {
    private static let kept = 64
    private let batches = Lock<[CommandBatch]>([])
    private let limit: Int
    private let waiting = Atomic(0)
    private let roomHandlers = Lock<[@Sendable () -> Void]>([])

    /// Makes a pool.
    ///
    /// - Parameter limit: bytes of messages and values that may wait for the broker, for all connections together.
    package init(limit: Int = 256 << 20) {
        self.limit = limit
    }

    /// Makes a batch of what was gathered, and leaves empty memory behind.
    ///
    /// - Parameter access: who says it, if that is not the connection's own user.
    package func batch(
        _ gathered: inout CommandGatherer, of connection: ConnectionID, as access: Access? = nil
    ) -> CommandBatch {
        let batch = batches.withLock { $0.popLast() } ?? CommandBatch()
        batch.take(&gathered, of: connection, as: access)
        if batch.bytes > 0 { waiting.add(batch.bytes, ordering: .sequentiallyConsistent) }
        return batch
    }

    /// Gives batches back that have been applied.
    func give(_ applied: [CommandBatch]) {
        guard !applied.isEmpty else { return }
        let bytes = applied.reduce(0) { $0 + $1.bytes }
        batches.withLock { batches in
            for batch in applied {
                let isWorthKeeping = batch.clear()
                if isWorthKeeping, batches.count < Self.kept { batches.append(batch) }
            }
        }
        guard bytes > 0 else { return }
        let before = waiting.subtract(bytes, ordering: .sequentiallyConsistent).oldValue
        if before >= limit { makeRoom() }
    }

    /// Bytes that wait for the broker.
    package var bytesWaiting: Int { waiting.load(ordering: .sequentiallyConsistent) }

    /// Whether so much waits for the broker that no more commands are to be read.
    package var isCrowded: Bool { waiting.load(ordering: .relaxed) >= limit }

    /// Calls back once, as soon as it is not crowded any more, on any thread.
    package func whenRoom(_ body: @escaping @Sendable () -> Void) {
        roomHandlers.withLock { $0.append(body) }
        // What was given back meanwhile may have found no one waiting.
        makeRoom()
    }

    private func makeRoom() {
        guard bytesWaiting < limit else { return }
        let handlers = roomHandlers.withLock { handlers in
            defer { handlers = [] }
            return handlers
        }
        for handler in handlers { handler() }
    }
}
