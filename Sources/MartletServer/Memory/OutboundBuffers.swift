// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The buffers that were written to one connection and that its socket has not wholly taken.
///
/// A buffer keeps all its memory until its last byte is taken, so what is held can be far more than what waits.
struct OutboundBuffers {
    private var written = 0
    /// Where each buffer ends, counted from the first byte written, and the memory that it takes.
    private var buffers = CircularBuffer<(end: Int, memory: Int)>(initialCapacity: 1)

    /// Bytes of memory that the buffers take.
    private(set) var held = 0

    /// Notes a buffer of so many bytes that is handed to the socket.
    mutating func add(_ bytes: Int, memory: Int) {
        guard bytes > 0 else { return }
        written += bytes
        buffers.append((written, memory))
        held += memory
    }

    /// Notes that `waiting` bytes have not been taken.
    mutating func look(waiting: Int) {
        let taken = written - waiting
        while let first = buffers.first, first.end <= taken {
            held -= first.memory
            buffers.removeFirst()
        }
    }
}
