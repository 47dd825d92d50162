// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A durable change: the closed set of what one commit can do.
///
/// Each says what shall be, not how to get there, so that applying one twice does no harm and a batch of them can
/// be shipped to a replica as it is.
package enum StoreOperation: Sendable {
    /// Writes a topic's row.
    case putTopic(StoredTopic)
    /// Removes a topic with its log.
    case removeTopic(id: UInt64)
    /// Writes a subscription's row.
    case putSubscription(StoredSubscription)
    /// Removes a subscription with all that it remembers.
    case removeSubscription(id: UInt64)
    /// Appends messages to a topic's log.
    case append(Segment)
    /// Writes which of the 4,096 offsets of a chunk are settled: 64 words, or none when all of them are.
    case putChunk(subscription: UInt64, chunk: UInt64, words: [UInt64]?)
    /// Removes the chunks below one.
    case removeChunks(subscription: UInt64, below: UInt64)
    /// Writes a returned message and its due time; `replacing` is the due time it had.
    case putDeferred(subscription: UInt64, row: Deferred, replacing: UInt64?)
    /// Forgets a returned message.
    case removeDeferred(subscription: UInt64, offset: UInt64, due: UInt64)
    /// Drops the messages of a topic below an offset.
    case trim(topic: UInt64, first: UInt64)
    /// Remembers the ids of messages that are appended.
    case rememberIDs(topic: UInt64, ids: [MessageID])
    /// Forgets the ids of messages below an offset.
    case forgetIDs(topic: UInt64, below: UInt64)
    /// Writes a keyed row; `replacing` is when the row that it replaces was to go, if that was ever.
    case putRow(KeyedRow, replacing: UInt64?)
    /// Removes the keyed row that was to go at that time.
    case removeRow(KeyedRow.Table, key: [UInt8], goes: UInt64?)
}

/// A returned message and when it may be delivered again.
package struct Due: Comparable, Sendable {
    /// Unix milliseconds.
    package var time: UInt64
    /// The message's offset.
    package var offset: UInt64

    /// Makes a due message.
    package init(time: UInt64, offset: UInt64) {
        self.time = time
        self.offset = offset
    }

    /// Earlier first, then the lower offset.
    package static func < (left: Due, right: Due) -> Bool {
        left.time == right.time ? left.offset < right.offset : left.time < right.time
    }
}

/// What a store knows when it is opened.
package struct StoredState: Sendable {
    /// A subscription with its chunks: words, or none for a complete one.
    package struct Subscription: Sendable {
        /// The row.
        package var row: StoredSubscription
        /// The chunks above the floor that have settled messages, in order.
        package var chunks: [(chunk: UInt64, words: [UInt64]?)]
        /// Whether receipts were written for it.
        package var hasReceipts: Bool

        /// Makes the state of one subscription.
        package init(
            row: StoredSubscription, chunks: [(chunk: UInt64, words: [UInt64]?)], hasReceipts: Bool = false
        ) {
            self.row = row
            self.chunks = chunks
            self.hasReceipts = hasReceipts
        }
    }

    /// The topics in the order of their ids.
    package var topics: [StoredTopic] = []
    /// The subscriptions in the order of their ids.
    package var subscriptions: [Subscription] = []
    /// The id of the next topic.
    package var nextTopic: UInt64 = 1
    /// The id of the next subscription.
    package var nextSubscription: UInt64 = 1
    /// The random number that the store got when it was made.
    package var seal: UInt64 = 0

    package init() {}
}

/// What a read of the log found.
package enum StoredRead {
    /// Packs, of which the first holds the offset asked for or the first one behind it.
    case segment(Segment)
    /// Messages that cannot be read: the offsets from where they start to where the next good ones may be.
    case damaged(Range<UInt64>)
    /// Nothing at that offset or behind it.
    case none
}

/// How much room there is.
package struct StoreStatistics: Sendable {
    /// Bytes of the file in use.
    package var usedBytes: UInt64
    /// Bytes that the file can grow to.
    package var mapBytes: UInt64
    /// Bytes free on the disk.
    package var diskFreeBytes: UInt64

    /// Makes statistics.
    package init(usedBytes: UInt64, mapBytes: UInt64, diskFreeBytes: UInt64) {
        self.usedBytes = usedBytes
        self.mapBytes = mapBytes
        self.diskFreeBytes = diskFreeBytes
    }
}

/// What keeps the broker's state: LMDB in production, memory in tests.
///
/// Used by one thread only.
///
/// A commit is durable once a later commit or a sync has returned. Any error of `commit` or `sync` is final.
package protocol Store: AnyObject {
    /// All that is known at the start, but the log.
    func load() throws(StoreError) -> StoredState
    /// Applies all operations or none.
    func commit(_ operations: [StoreOperation]) throws(StoreError)
    /// Makes the last commit durable.
    func sync() throws(StoreError)
    /// Packs of a topic from an offset on, about `bytes` of them.
    func read(topic: UInt64, from offset: UInt64, bytes: Int) throws(StoreError) -> StoredRead
    /// The first offset whose message was published at that time or later, if there is one.
    func offset(topic: UInt64, at time: UInt64) throws(StoreError) -> UInt64?
    /// The first offset of the first pack behind that many bytes of the topic's records, if there is one.
    func offset(topic: UInt64, total: UInt64) throws(StoreError) -> UInt64?
    /// Bytes of records before an offset: the count before the pack that holds it.
    func total(topic: UInt64, before offset: UInt64) throws(StoreError) -> UInt64
    /// The row of a returned message.
    func deferred(subscription: UInt64, offset: UInt64) throws(StoreError) -> Deferred?
    /// The offsets of returned messages in a range.
    func deferredOffsets(subscription: UInt64, in range: Range<UInt64>) throws(StoreError) -> [UInt64]
    /// Returned messages in the order in which they become due, those after `position` only.
    func due(subscription: UInt64, after position: Due, limit: Int) throws(StoreError) -> [Due]
    /// All ids that are remembered of a topic, in the order of their offsets.
    func ids(topic: UInt64, _ body: (MessageID) -> Void) throws(StoreError)
    /// A keyed row.
    func row(_ table: KeyedRow.Table, key: [UInt8]) throws(StoreError) -> KeyedRow?
    /// Heads of keyed rows in the order of their keys: those that begin with `prefix` and lie behind `key`.
    func heads(
        _ table: KeyedRow.Table, prefix: [UInt8], after key: [UInt8], limit: Int
    ) throws(StoreError) -> [KeyedRowHead]
    /// Keyed rows of a table whose time has come, the earliest first; only table, key and time are told.
    func rowsGoing(
        _ table: KeyedRow.Table, by time: UInt64, limit: Int
    ) throws(StoreError) -> [(key: [UInt8], goes: UInt64)]
    /// The size at which packs of a topic close.
    func packLimit(topic: UInt64) -> Int
    /// Whether so little room is left that only what frees room may go on.
    var isFull: Bool { get }
    /// Whether commits without operations would still have something to do.
    var hasGarbage: Bool { get }
    /// How much room there is.
    var statistics: StoreStatistics { get }
}
