// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard output, for the results of commands that end soon.
enum StandardOutput {
    /// Writes text out at once.
    static func write(_ text: String) throws(CommandFailure) {
        guard writeAll(STDOUT_FILENO, Array(text.utf8)) else {
            throw CommandFailure(.io, "cannot write to standard output (\(String(cString: strerror(errno))))")
        }
    }
}
