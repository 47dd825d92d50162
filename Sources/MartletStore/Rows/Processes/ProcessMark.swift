// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that belongs to a process: its offset and the hash of the process.
package struct ProcessMark: Equatable, Sendable {
    /// The message's offset.
    package var offset: UInt64
    /// The hash of its process.
    package var hash: UInt64

    /// Makes a mark.
    package init(offset: UInt64, hash: UInt64) {
        self.offset = offset
        self.hash = hash
    }
}
