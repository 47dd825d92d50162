// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker
import Synchronization

/// Batches that wait to be used again, so that the data path allocates nothing in the long run.
package final class BatchPool: Sendable {
    private static let kept = 64
    private let batches = Mutex<[CommandBatch]>([])

    package init() {}

    /// Makes a batch of what was gathered, and leaves empty memory behind.
    package func batch(_ gathered: inout CommandGatherer, of connection: ConnectionID) -> CommandBatch {
        let batch = batches.withLock { $0.popLast() } ?? CommandBatch()
        batch.take(&gathered, of: connection)
        return batch
    }

    /// Gives batches back that have been applied.
    func give(_ applied: [CommandBatch]) {
        batches.withLock { batches in
            for batch in applied where batches.count < Self.kept {
                if batch.clear() { batches.append(batch) }
            }
        }
    }
}
