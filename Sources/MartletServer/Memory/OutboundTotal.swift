// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Memory of the buffers that were written to all connections and that their sockets have not wholly taken.
final class OutboundTotal: Sendable {
    /// Bytes that may be held.
    let limit: Int
    private let bytes = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Notes that the bytes of one connection have become more or fewer.
    func change(by difference: Int) {
        guard difference != 0 else { return }
        bytes.add(difference, ordering: .relaxed)
    }

    /// Whether more is held than may; what was taken since a connection was looked at last still counts.
    var isExceeded: Bool { bytes.load(ordering: .relaxed) > limit }
}
