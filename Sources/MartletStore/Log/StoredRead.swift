// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a read of the log found.
package enum StoredRead {
    /// Packs, of which the first holds the offset asked for or the first one behind it.
    case segment(Segment)
    /// Messages that cannot be read: the offsets from where they start to where the next good ones may be.
    case damaged(Range<UInt64>)
    /// Nothing at that offset or behind it.
    case none
}
