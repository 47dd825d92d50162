// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file to read, or standard input for `-`.
final class InputDescriptor {
    let number: Int32
    let name: String

    init(_ path: String) throws(CommandFailure) {
        if path == "-" {
            guard isatty(STDIN_FILENO) == 0 else {
                throw CommandFailure(.usage, "standard input is a terminal; name a file, or lead it from a pipe")
            }
            (number, name) = (STDIN_FILENO, "standard input")
            return
        }
        (number, name) = (open(path, O_RDONLY | O_CLOEXEC), path)
        guard number >= 0 else {
            throw CommandFailure(.io, "cannot read '\(path)' (\(String(cString: strerror(errno))))")
        }
    }

    deinit {
        if number > STDERR_FILENO { close(number) }
    }
}
