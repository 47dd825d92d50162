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
