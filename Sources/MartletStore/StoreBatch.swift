// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The operations of one step, which are applied all or none.
package struct StoreBatch: Sendable {
    /// The number of the batch: one more than that of the batch before it, from 1.
    package var index: UInt64
    /// The broker's due time of the step, in Unix milliseconds; it never falls, restarts included.
    package var time: UInt64
    /// What it does, in order.
    package var operations: [StoreOperation]

    /// Makes a batch.
    package init(index: UInt64, time: UInt64, operations: [StoreOperation]) {
        self.index = index
        self.time = time
        self.operations = operations
    }
}
