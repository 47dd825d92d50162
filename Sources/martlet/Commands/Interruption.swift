// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into a descriptor that becomes readable, so that a wait in `poll` can end in good order.
enum Interruption {
    /// The end of the pipe that the signal handler writes to; a handler can reach only globals.
    private static let writeEnd = Atomic<Int32>(-1)

    /// Starts to watch for the signals.
    ///
    /// A second one ends the process at once.
    ///
    /// - Returns: the descriptor that becomes readable with the first signal.
    static func watch() throws(CommandFailure) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw CommandFailure(.io, "cannot open a pipe (\(String(cString: strerror(errno))))")
        }
        writeEnd.store(ends[1], ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                var byte: UInt8 = 1
                _ = Glibc.write(Interruption.writeEnd.load(ordering: .relaxed), &byte, 1)
                signal(number, SIG_DFL)
            }
        }
        // Standard output may be a pipe whose reader has gone; that is an error to report, not a reason to vanish.
        signal(SIGPIPE, SIG_IGN)
        return ends[0]
    }
}
