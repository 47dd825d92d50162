// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What all subscriptions together remember of messages that wait behind held keys.
final class KeyMemory {
    /// Bytes that may be used.
    let limit: Int
    /// Bytes that are used.
    var used = 0
    /// Bytes of messages that were read and are kept.
    var segments = 0

    /// Bytes of messages that may be kept.
    static let segmentLimit = 16 << 20

    init(limit: Int) {
        self.limit = limit
    }

    var isFull: Bool { used >= limit }
}
