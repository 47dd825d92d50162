// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import MartletLock

/// Leaves no broker and no folder behind when a person stops a benchmark with Ctrl-C.
enum Interruption {
    private struct Leftovers {
        var processes: Set<pid_t> = []
        var folders: Set<String> = []
        var isWatched = false
    }

    private static let leftovers = Lock(Leftovers())

    /// Ends a process when this one is interrupted.
    static func cleanUp(process: pid_t) {
        leftovers.withLock { _ = $0.processes.insert(process) }
    }

    /// Removes a folder when this process is interrupted.
    ///
    /// The first call has to come before any other thread is started, as threads inherit which signals they block.
    static func cleanUp(folder: String) {
        let isWatched = leftovers.withLock { leftovers in
            defer { leftovers.isWatched = true }
            leftovers.folders.insert(folder)
            return leftovers.isWatched
        }
        if !isWatched { watch() }
    }

    /// The process has ended.
    static func forget(process: pid_t) {
        leftovers.withLock { _ = $0.processes.remove(process) }
    }

    /// The folder is removed by its owner.
    static func forget(folder: String) {
        leftovers.withLock { _ = $0.folders.remove(folder) }
    }

    private static func watch() {
        var signals = signals()
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { _ in Interruption.waitForSignal() }, nil)
        // Without the watcher a signal ends the process as it always does.
        if code == 0 { pthread_detach(thread) } else { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
    }

    private static func signals() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        return signals
    }

    private static func waitForSignal() -> UnsafeMutableRawPointer? {
        var signals = signals()
        var signal: Int32 = 0
        while sigwait(&signals, &signal) != 0 {}
        leftovers.withLock { leftovers in
            for process in leftovers.processes {
                kill(process, SIGKILL)
                waitpid(process, nil, 0)
            }
            for folder in leftovers.folders { try? FileManager.default.removeItem(atPath: folder) }
            // Still under the lock, so that no other broker is started.
            _exit(128 + signal)
        }
        return nil
    }
}
