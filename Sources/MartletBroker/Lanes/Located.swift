// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What stands at an offset of the log.
enum Located {
    /// A message.
    case message(Segment, SegmentCursor.Message)
    /// Nothing that can be read before that offset.
    case gap(until: UInt64)
    /// Nothing there or behind.
    case end
}
