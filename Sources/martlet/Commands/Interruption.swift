// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into a descriptor that becomes readable, so that a wait in `poll` can end in good order.
enum Interruption {
    /// The end of the pipe that the signal handler writes to; a handler can reach only globals.
    private static let writeEnd = Atomic<Int32>(-1)
    /// The first signal that came, or 0.
    private static let first = Atomic<Int32>(0)

    /// The signal that came; nil before one did.
    static var signal: Int32? {
        let number = first.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Starts to watch for the signals.
    ///
    /// A second one ends the process at once.
    ///
    /// - Returns: the descriptor that becomes readable with the first signal.
    static func watch() throws(CommandFailure) -> Int32 {
        let ends = try SignalPipe.open()
        writeEnd.store(ends.write, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            Glibc.signal(number) { number in
                guard Interruption.first.exchange(number, ordering: .relaxed) == 0 else { _exit(128 + number) }
                var byte: UInt8 = 1
                _ = Glibc.write(Interruption.writeEnd.load(ordering: .relaxed), &byte, 1)
            }
        }
        // Standard output may be a pipe whose reader has gone; that is something to notice, not a reason to vanish.
        Glibc.signal(SIGPIPE, SIG_IGN)
        return ends.read
    }

    /// Lets SIGINT and SIGTERM end a command that does not watch for them, also as process 1 of a container, for which
    /// the system does not.
    static func endsProcessOne() {
        guard getpid() == 1 else { return }
        for number in [SIGINT, SIGTERM] { Glibc.signal(number) { _exit(128 + $0) } }
    }
}
