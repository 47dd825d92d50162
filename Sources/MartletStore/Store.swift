// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What keeps the broker's state: LMDB in production, memory in tests.
///
/// Used by one thread only.
///
/// Any error of a function that changes something is final.
package protocol Store: AnyObject {
    /// All that is known at the start, but the log.
    func load() throws(StoreError) -> StoredState
    /// Takes all operations of a batch or none; a batch that was taken before is skipped.
    @discardableResult
    func commit(_ batch: StoreBatch) throws(StoreError) -> Durability
    /// Removes a slice of the rows that nothing refers to any more.
    func sweep() throws(StoreError)
    /// Makes the last commit durable.
    func sync() throws(StoreError)
    /// Whether something is left to be done about what was taken, which is durable before: writing it to its place, or
    /// making room for what comes next.
    var isBehind: Bool { get }
    /// Writes a portion of that when one has come together, a larger one when there is something else to do: what can
    /// wait until the replies are sent.
    func writeBack(isBusy: Bool) throws(StoreError)
    /// Writes all of that: when there has been nothing else to do for long, and at the end.
    func writeBackAll() throws(StoreError)
    /// Packs of a topic from an offset on, about `bytes` of them.
    func read(topic: UInt64, from offset: UInt64, bytes: Int) throws(StoreError) -> StoredRead
    /// The first offset whose message was published at that time or later, if there is one.
    func offset(topic: UInt64, at time: UInt64) throws(StoreError) -> UInt64?
    /// The first offset of the first pack behind that many bytes of the topic's records, if there is one.
    func offset(topic: UInt64, total: UInt64) throws(StoreError) -> UInt64?
    /// Bytes of records before an offset: the count before the pack that holds it.
    func total(topic: UInt64, before offset: UInt64) throws(StoreError) -> UInt64
    /// The row of a returned message.
    func deferred(position: UInt64, offset: UInt64) throws(StoreError) -> Deferred?
    /// The first offsets of returned messages in a range.
    func deferredOffsets(position: UInt64, in range: Range<UInt64>, limit: Int) throws(StoreError) -> [UInt64]
    /// Returned messages in the order in which they become due, those after `last` only.
    func due(position: UInt64, after last: Due, limit: Int) throws(StoreError) -> [Due]
    /// The first offsets behind one of messages that wait for a person.
    func parked(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [UInt64]
    /// Rows of returned messages in the order of their offsets, those behind `offset`.
    func deferredRows(position: UInt64, after offset: UInt64, limit: Int) throws(StoreError) -> [Deferred]
    /// Messages of a topic whose time to live ends by then, the earliest first.
    func expiries(topic: UInt64, by time: UInt64, limit: Int) throws(StoreError) -> [Due]
    /// Whether a message above the floor of a position was settled.
    func isSettled(position: UInt64, offset: UInt64) throws(StoreError) -> Bool
    /// What ended a message of a position, if that is known and was not an ack.
    func ending(position: UInt64, of offset: UInt64) throws(StoreError) -> Ending?
    /// The last row about what was lost or purged.
    func lastLoss(position: UInt64) throws(StoreError) -> Ending?
    /// Ids that are remembered of a topic, in the order of their offsets: those from an offset on, `limit` of them or a
    /// few more.
    ///
    /// - Returns: the offset from which others follow; nil when none do.
    func ids(
        topic: UInt64, from offset: UInt64, limit: Int, _ body: (MessageID) -> Void
    ) throws(StoreError) -> UInt64?
    /// Offsets of a topic's messages whose process has a hash, in order.
    func processOffsets(topic: UInt64, hash: UInt64) throws(StoreError) -> [UInt64]
    /// A keyed row.
    func row(_ table: KeyedRow.Table, key: [UInt8]) throws(StoreError) -> KeyedRow?
    /// Heads of keyed rows in the order of their keys: those that begin with `prefix` and lie behind `key`.
    func heads(
        _ table: KeyedRow.Table, prefix: [UInt8], after key: [UInt8], limit: Int
    ) throws(StoreError) -> [KeyedRowHead]
    /// Keyed rows of a table whose time has come, the earliest first, those behind one; only table, key and time are
    /// told.
    func expiredRows(
        _ table: KeyedRow.Table, after last: (key: [UInt8], expiresAt: UInt64)?, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], expiresAt: UInt64)]
    /// The size at which packs of a topic close.
    func packLimit(topic: UInt64) -> Int
    /// Bytes that may be taken for good before the store is full; below 0 when less is left than should be kept free.
    var room: Int { get }
    /// Bytes that should be kept free for what settles messages and makes room.
    var reserve: Int { get }
    /// Measures the room anew: others may have filled the disk.
    func measureRoom()
    /// Whether a sweep would have something to do.
    var hasGarbage: Bool { get }
    /// Rows that were not what was written and in whose place others were given, so that nothing was lost.
    var damagedRows: UInt64 { get }
    /// How much room there is.
    var statistics: StoreStatistics { get }
    /// How much it holds now; nil when that cannot be read.
    var levels: StoreLevels? { get }
}

extension Store {
    /// Keyed rows of a table whose time has come, the earliest first; only table, key and time are told.
    package func expiredRows(
        _ table: KeyedRow.Table, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], expiresAt: UInt64)] {
        try expiredRows(table, after: nil, by: time, limit: limit)
    }

    /// All ids that are remembered of a topic, in the order of their offsets.
    package func ids(topic: UInt64, _ body: (MessageID) -> Void) throws(StoreError) {
        _ = try ids(topic: topic, from: 0, limit: .max, body)
    }

    /// A store in memory has no damage.
    package var damagedRows: UInt64 { 0 }
}
