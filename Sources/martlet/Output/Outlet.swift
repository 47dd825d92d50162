// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard output as what it may be: a pipe whose reader takes what was written late, or goes away with some of it.
///
/// Nothing here waits. What has been appended is written as far as there is room.
struct Outlet {
    /// What the descriptor is.
    private enum Kind {
        /// What was written waits in the pipe until it is read, and the system tells how much of it still does.
        case pipe
        /// As a pipe, but the system tells only whether all of it was read.
        case socket
        /// A file, a terminal or a device: what was written has arrived.
        case file
    }

    /// A pipe that can be written has room for as much, so a write of no more does not wait.
    private static let piece = 4_096

    /// What asks for the size of a pipe (`F_GETPIPE_SZ`), which the C module of Swift does not show.
    private static let pipeSize: Int32 = 1_032

    private let descriptor: Int32
    private let kind: Kind
    private var buffer: [UInt8] = []
    private var start = 0
    private var written = 0
    private var lastTaken = 0
    /// Whether the reader has closed its end.
    private(set) var isAbandoned = false

    /// Looks at what a descriptor is.
    init(_ descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        // Only a pipe has a size, and only a socket has a type.
        var (type, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        let isSocket = getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0
        kind = fcntl(descriptor, Self.pipeSize) >= 0 ? .pipe : isSocket ? .socket : .file
    }

    /// Whether what was written waits for a reader.
    var hasReader: Bool { kind != .file }

    /// Whether something is not yet written.
    var isBehind: Bool { start < buffer.count }

    /// The place behind all that was appended, counted in bytes from the beginning.
    var end: Int { written + buffer.count - start }

    /// The descriptor, if `poll` tells by it that the reader has gone; an end that can be read as well never says so.
    var watched: [Int32] {
        kind == .pipe && fcntl(descriptor, F_GETFL) & O_ACCMODE == O_WRONLY ? [descriptor] : []
    }

    /// Milliseconds after which to look whether the reader has gone, if no descriptor tells.
    var pause: Int? { hasReader && !isAbandoned && watched.isEmpty ? 1_000 : nil }

    /// The descriptor, while something is to be written.
    var blocked: [Int32] { isBehind && !isAbandoned ? [descriptor] : [] }

    /// Adds what is to be written.
    mutating func append(_ bytes: [UInt8]) {
        if !isBehind {
            buffer.removeAll(keepingCapacity: true)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Writes what there is room for, and looks whether the reader has gone.
    mutating func write() throws(CommandFailure) {
        repeat {
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&wait, 1, 0)
            if hasReader, wait.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { isAbandoned = true }
            guard !isAbandoned, isBehind, wait.revents != 0 else { return }
            let count = writePiece()
            if count > 0 {
                start += count
                written += count
            } else if errno == EPIPE {
                isAbandoned = true
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                throw CommandFailure(.io, "cannot write to standard output (\(String(cString: strerror(errno))))")
            }
        } while isBehind
    }

    private func writePiece() -> Int {
        buffer.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            switch kind {
            case .file: return Glibc.write(descriptor, rest.baseAddress, rest.count)
            case .pipe: return Glibc.write(descriptor, rest.baseAddress, min(rest.count, Self.piece))
            case .socket:
                return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT))
            }
        }
    }

    /// Bytes from the beginning that the reader has taken.
    mutating func taken() -> Int {
        var left: Int32 = 0
        switch kind {
        case .file: lastTaken = written
        case .pipe:
            // What others have written to the same pipe counts as if it were not read, which errs on the safe side.
            if ioctl(descriptor, UInt(FIONREAD), &left) == 0 { lastTaken = max(lastTaken, written - Int(left)) }
        case .socket:
            if ioctl(descriptor, UInt(TIOCOUTQ), &left) == 0, left == 0 { lastTaken = written }
        }
        return lastTaken
    }
}
