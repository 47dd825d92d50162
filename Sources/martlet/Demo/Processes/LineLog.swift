// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that several processes add lines to; what was written survives the death of the writer.
final class LineLog: Sendable {
    private let descriptor: Int32

    /// Opens the file, and makes it if needed.
    init(path: String) throws(CommandFailure) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.io, "cannot open '\(path)' (\(String(cString: strerror(errno))))")
        }
    }

    deinit { close(descriptor) }

    /// Adds a line; each is one write, so lines of several processes do not mix.
    func append(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
