// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// A child process of this same program.
///
/// It belongs to one task. Only `kill` blocks, for as long as the system takes to end a process.
final class ChildProcess {
    /// What has become of it since it was asked the last time.
    enum News: Equatable {
        case nothing
        case stopped
        case ended(signal: Int32?)
    }

    private let identifier: pid_t
    private var hasEnded = false

    /// Starts this program again with other arguments.
    ///
    /// - Parameters:
    ///   - output: the descriptor that becomes its standard output; without one it has none.
    ///   - log: the file to which its standard error is added.
    init(_ words: [String], output: Int32? = nil, log: String) throws(CommandFailure) {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw CommandFailure(.io, "cannot find this program in /proc")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // This process blocks the signals that it waits for; its children shall get their own.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // Settings of the person's own broker do not belong here.
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        var arguments = Self.pointers([program] + words)
        var variables = Self.pointers(environment.map { "\($0.key)=\($0.value)" })
        defer { for pointer in arguments + variables { free(pointer) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, program, &actions, &attributes, &arguments, &variables)
        guard code == 0 else {
            throw CommandFailure(.io, "cannot start \(program) (\(String(cString: strerror(code))))")
        }
        self.identifier = identifier
    }

    deinit { kill() }

    /// What has happened to it.
    func news() -> News {
        guard !hasEnded else { return .nothing }
        var status: Int32 = 0
        guard waitpid(identifier, &status, WNOHANG | WUNTRACED) == identifier else { return .nothing }
        if status & 0xFF == 0x7F { return .stopped }
        hasEnded = true
        return .ended(signal: status & 0x7F == 0 ? nil : status & 0x7F)
    }

    /// Wakes it when it was stopped.
    func wake() {
        if !hasEnded { _ = Glibc.kill(identifier, SIGCONT) }
    }

    /// Ends it with SIGKILL, if it still runs.
    func kill() {
        guard !hasEnded else { return }
        _ = Glibc.kill(identifier, SIGKILL)
        while waitpid(identifier, nil, 0) < 0, errno == EINTR {}
        hasEnded = true
    }

    /// Copies of texts as C takes a list of them; the caller frees each.
    private static func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}
