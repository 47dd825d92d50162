// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The descriptors 0, 1 and 2.
enum StandardDescriptors {
    /// Opens `/dev/null` on those that are closed.
    ///
    /// Otherwise the next file or socket of this process would get their number, and would be taken for standard input
    /// or be written to as standard output. Nothing else may be opened before.
    static func openAll() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is taken, which is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }
}
