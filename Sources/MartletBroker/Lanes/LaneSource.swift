// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// Where a lane finds messages and what is known about those that came back.
protocol LaneSource {
    /// Finds a message, from memory if it is recent; `cursor` remembers the place for the next call.
    func locate(_ offset: UInt64, _ cursor: inout SegmentCursor?) throws(StoreError) -> Located
    /// Finds a message of whose neighbours none is wanted.
    func locate(alone offset: UInt64, _ cursor: inout SegmentCursor?) throws(StoreError) -> Located
    /// The copy of a redriven message that has left the log.
    func copy(of offset: UInt64) throws(StoreError) -> Segment?
    /// The offsets of a range about which the store has a row.
    func deferredOffsets(in range: Range<UInt64>) throws(StoreError) -> [UInt64]
    /// Rows in the order in which they become due, those after `last` only.
    func due(after last: Due, limit: Int) throws(StoreError) -> [Due]
    /// The row about a message.
    func deferred(_ offset: UInt64) throws(StoreError) -> Deferred?
    /// Rows in the order of their offsets, those behind one.
    func deferredRows(after offset: UInt64, limit: Int) throws(StoreError) -> [Deferred]
    /// The hash of the key by which a message is ordered; nil when it waits for no other.
    func key(of message: MessageFields) -> UInt64?
}
