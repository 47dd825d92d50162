// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard error, for what is not the result of a command.
enum StandardError {
    /// Whether a person is likely to be reading.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes text out at once; when that fails there is nowhere left to say so.
    static func write(_ text: String) {
        _ = writeAll(STDERR_FILENO, Array(text.utf8))
    }
}
