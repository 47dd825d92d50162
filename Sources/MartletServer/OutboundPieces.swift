// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What was written to one connection and how much of it the socket has taken; each write is a piece.
struct OutboundPieces {
    private var written = 0
    private var taken = 0
    /// Where each piece that is not fully taken ends, counted from the first byte written.
    private var ends = CircularBuffer<Int>(initialCapacity: 1)

    /// Bytes that wait for the socket to take them.
    var waiting: Int { written - taken }

    /// Whether there are such.
    var isWaiting: Bool { taken < written }

    /// Bytes that wait behind the piece under way, which is the oldest one that is not fully taken.
    var bytesBehind: Int { ends.first.map { written - $0 } ?? 0 }

    /// Notes a write, after which `waiting` bytes of all pieces have not been taken.
    ///
    /// - Returns: whether this is progress: bytes were taken, or none waited before.
    mutating func wrote(_ bytes: Int, waiting: Int) -> Bool {
        let wasWaiting = isWaiting
        written += bytes
        // The usual piece is taken as it is written and leaves no trace.
        if waiting > 0, bytes > 0 { ends.append(written) }
        let progressed = look(waiting: waiting)
        return progressed || !wasWaiting
    }

    /// Notes that `waiting` bytes have not been taken.
    ///
    /// - Returns: whether bytes were taken since the last call.
    mutating func look(waiting: Int) -> Bool {
        let now = written - waiting
        guard now > taken else { return false }
        taken = now
        while let end = ends.first, end <= taken { ends.removeFirst() }
        return true
    }
}
