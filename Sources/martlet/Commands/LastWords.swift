// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the broker says when a signal ends it that it cannot survive: one line, and the exit code of a failure.
///
/// LMDB trusts its file, so that damage in it can end in a bad address or in a failed assertion.
enum LastWords {
    private static let signals: [(number: Int32, name: String)] = [
        (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"), (SIGABRT, "SIGABRT"), (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"),
        (SIGFPE, "SIGFPE"),
    ]

    // SAFETY: written once, before any handler is installed, and only read from then on. A handler must not take memory
    // or a lock, so the line of each signal lies ready, in memory that is never freed.
    nonisolated(unsafe) private static var lines: UnsafeMutablePointer<UnsafeRawBufferPointer>?

    /// Handles those signals from now on, in the place of whatever did before.
    static func prepare(dataFolder: String) {
        let lines = UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: Int(SIGSYS) + 1)
        lines.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: Int(SIGSYS) + 1)
        for signal in signals {
            let text = Array(line(dataFolder: dataFolder, signal: signal.name).utf8)
            let kept = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
            kept.copyBytes(from: text)
            lines[Int(signal.number)] = UnsafeRawBufferPointer(kept)
        }
        Self.lines = lines
        for signal in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                // Nothing is called here but what a signal handler may call.
                if let line = LastWords.lines?[Int(number)] { _ = write(STDERR_FILENO, line.baseAddress, line.count) }
                _exit(ExitStatus.refused.rawValue)
            }
            sigaction(signal.number, &action, nil)
        }
    }

    /// The line for a signal.
    static func line(dataFolder: String, signal: String) -> String {
        """
        martlet: stopped by \(signal): the data file '\(dataFolder)/data.mdb' seems to be damaged, or the disk failed, \
        or this is a fault of martlet. What was confirmed is in the file as far as it is whole: keep a copy of the \
        folder, start again, and if this comes back start with a copy from before or with an empty folder

        """
    }
}
