// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A log of batches: what is in it is durable, whether the tree has it or not.
///
/// The first one is the journal beside the data file; a replicated one can stand in its place.
package protocol BatchLog: AnyObject {
    /// The index that the next batch has.
    var next: UInt64 { get }
    /// Appends a batch, and flushes it.
    func append(_ batch: StoreBatch) -> AppendOutcome
    /// Gives the batches from an index on, in order.
    ///
    /// - Throws: `damaged` when one of them is not there, and whatever `body` throws.
    func read(from index: UInt64, _ body: (StoreBatch) throws -> Void) throws
    /// Whether `prepare` has nothing to do.
    var isPrepared: Bool { get }
    /// Takes room ahead, a little at a time, so that no batch has to wait for it: when there is nothing else to do.
    func prepare() throws(StoreError)
    /// Forgets the batches below an index, which the tree has for good; the log goes on from there at least.
    func trim(below index: UInt64)
}
