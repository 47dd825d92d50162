// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard output, for the results of commands that end soon.
enum StandardOutput {
    /// Writes text out at once.
    static func write(_ text: String) throws(CommandFailure) {
        guard writeAll(STDOUT_FILENO, Array(text.utf8)) else {
            throw failure(errno)
        }
    }

    /// Writes text that a person asked to see.
    ///
    /// - Returns: false when its reader has gone, as `head` does when it has enough.
    @discardableResult
    static func show(_ text: String) throws(CommandFailure) -> Bool {
        guard !writeAll(STDOUT_FILENO, Array(text.utf8)) else { return true }
        guard errno == EPIPE else { throw failure(errno) }
        return false
    }

    private static func failure(_ code: Int32) -> CommandFailure {
        CommandFailure(.io, "cannot write to standard output (\(String(cString: strerror(code))))")
    }
}
