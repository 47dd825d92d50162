// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

/// What is remembered of a message's id, so that a repeat is recognised; a plain value.
///
/// The id itself is not kept: 64 bits of it, hashed with the store's seal, tell it from the others of its topic.
package struct MessageID: Equatable, Sendable {
    /// The hash of the id.
    package var hash: UInt64
    /// The offset that the message got.
    package var offset: UInt64
    /// The CRC32C of its body.
    package var sum: UInt32
    /// When it was accepted, in Unix milliseconds.
    package var time: UInt64

    /// Makes one.
    package init(hash: UInt64, offset: UInt64, sum: UInt32, time: UInt64) {
        self.hash = hash
        self.offset = offset
        self.sum = sum
        self.time = time
    }

    /// What tells one body from another.
    package static func sum(of body: UnsafeRawBufferPointer) -> UInt32 {
        martlet_crc32c(0, body.baseAddress, body.count)
    }
}
