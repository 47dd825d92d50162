// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A durable change: the closed set of what one commit can do.
///
/// A batch of them has a byte form, so that it can be kept in a log or shipped to a replica. The store remembers the
/// index of the last batch that it applied and skips what it has, so that a batch may be applied twice.
package enum StoreOperation: Sendable {
    /// Sets the number with which ids are hashed: the first operation of a new file.
    case setIDKey(UInt64)
    /// Writes a topic's row.
    case putTopic(StoredTopic)
    /// Removes a topic with its log.
    case removeTopic(id: UInt64)
    /// Writes a subscription's row.
    case putSubscription(StoredSubscription)
    /// Removes a subscription with all that lies under its position.
    case removeSubscription(id: UInt64, position: UInt64)
    /// Appends messages to a topic's log.
    case append(Segment)
    /// Writes which of the 4,096 offsets of a chunk are settled: 64 words, or nil when all of them are.
    case putChunk(position: UInt64, chunk: UInt64, words: [UInt64]?)
    /// Removes the chunks below one.
    case removeChunks(position: UInt64, below: UInt64)
    /// Writes a returned message and its due time; `replacing` is the due time it had.
    case putDeferred(position: UInt64, row: Deferred, replacing: UInt64?)
    /// Forgets a returned message.
    case removeDeferred(position: UInt64, offset: UInt64, due: UInt64)
    /// Writes what ended some messages.
    case putEnding(position: UInt64, Ending)
    /// Forgets the endings of messages below an offset, which have left the log; losses stay.
    case removeEndings(position: UInt64, below: UInt64)
    /// Forgets the ending of messages whose last one lies at an offset: they are to be delivered again.
    case removeEnding(position: UInt64, last: UInt64)
    /// Begins a position anew under another id: forgets what was returned to the old one, and what was settled there
    /// unless that is still asked for.
    case removePosition(UInt64, keepsSettled: Bool)
    /// Remembers to which processes messages belong that are appended.
    case markProcesses(topic: UInt64, [ProcessMark])
    /// Forgets that of messages below an offset.
    case unmarkProcesses(topic: UInt64, below: UInt64)
    /// Removes scheduled messages of a topic whose numbers are below one.
    case removeScheduled(topic: UInt64, below: UInt64)
    /// Remembers when the time of messages ends that are appended.
    case putExpiries(topic: UInt64, [Due])
    /// Forgets that, for messages whose time has ended.
    case removeExpiries(topic: UInt64, [Due])
    /// Removes the row about a loss that is merged into another.
    case removeLoss(position: UInt64, last: UInt64)
    /// Drops the messages of a topic below an offset.
    case trim(topic: UInt64, first: UInt64)
    /// Remembers the ids of messages that are appended.
    case rememberIDs(topic: UInt64, ids: [MessageID])
    /// Forgets the ids of messages below an offset.
    case forgetIDs(topic: UInt64, below: UInt64)
    /// Writes a keyed row; `replacing` is when the row that it replaces was to expire, if ever.
    case putRow(KeyedRow, replacing: UInt64?)
    /// Removes the keyed row that was to expire at that time.
    case removeRow(KeyedRow.Table, key: [UInt8], expiresAt: UInt64?)
}
