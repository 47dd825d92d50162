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
