// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard output with a buffer that is written when told, so that what was printed is known to be out.
struct StandardOutput {
    private var buffer: [UInt8] = []

    /// Puts text in the buffer.
    mutating func append(_ text: String) {
        buffer.append(contentsOf: text.utf8)
    }

    /// Puts bytes in the buffer.
    mutating func append(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
    }

    /// Writes the buffer out.
    mutating func flush() throws(CommandFailure) {
        guard writeAll(STDOUT_FILENO, buffer) else {
            throw CommandFailure(.io, "cannot write to standard output (\(String(cString: strerror(errno))))")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes text out at once.
    static func write(_ text: String) throws(CommandFailure) {
        var output = StandardOutput()
        output.append(text)
        try output.flush()
    }
}

/// Standard error, for what is not the result of a command.
enum StandardError {
    /// Whether a person is likely to be reading.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes text out at once; when that fails there is nowhere left to say so.
    static func write(_ text: String) {
        _ = writeAll(STDERR_FILENO, Array(text.utf8))
    }
}

/// Writes all bytes; false with `errno` set when that is not possible.
private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes {
            let rest = UnsafeRawBufferPointer(rebasing: $0[written...])
            return Glibc.write(descriptor, rest.baseAddress, rest.count)
        }
        if count > 0 {
            written += count
        } else if errno == EAGAIN {
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&wait, 1, -1)
        } else if errno != EINTR {
            return false
        }
    }
    return true
}
