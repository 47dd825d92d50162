// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A row of a snapshot, read.
package enum SnapshotRow {
    /// Which of the offsets of a chunk are settled: ranges, in order.
    case settled(position: UInt64, ranges: [ClosedRange<UInt64>])
    /// A returned message.
    case returned(position: UInt64, Deferred)
    /// What ended some messages.
    case ending(position: UInt64, Ending)
    /// Ids that are remembered of a topic.
    case ids(topic: UInt64, [MessageID])
    /// Which messages of a topic belong to a process.
    case processes(topic: UInt64, [ProcessMark])
    /// When the time of a message ends.
    case expiry(topic: UInt64, Due)
    /// A row under a key of its own.
    case keyed(KeyedRow)
}
