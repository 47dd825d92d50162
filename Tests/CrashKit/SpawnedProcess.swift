// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock

/// A child process with pipes to it.
///
/// Foundation's `Process` reads past the end of a buffer when it looks for open descriptors, and so crashes the tests
/// now and then: https://github.com/swiftlang/swift-corelibs-foundation/pull/5472
// SAFETY: what changes is behind its lock.
final class SpawnedProcess: Sendable {
    let identifier: pid_t
    private let known = Lock<ProcessEnd?>(nil)

    /// Held while a process is started or a pipe is made: no child shall hold another one's pipe open.
    static let spawning = Lock(())

    /// A pipe that no child gets but the one that is given it.
    static func pipe() -> Pipe {
        spawning.withLock { _ in
            let pipe = Pipe()
            for handle in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
                _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
            }
            return pipe
        }
    }

    /// Starts a program in a process group of its own.
    ///
    /// - Parameters:
    ///   - program: its path.
    ///   - words: what stands behind its name.
    ///   - environment: all of its environment; nil is that of the tests.
    ///   - folder: where it runs; nil is where the tests do.
    ///   - input: its standard input, made by `pipe`; this and the next two are those of the tests where they are nil.
    ///   - isSilent: whether what it writes goes nowhere.
    convenience init(
        _ program: String, _ words: [String], environment: [String: String]? = nil, folder: String? = nil,
        input: Pipe? = nil, output: Pipe? = nil, errors: Pipe? = nil, isSilent: Bool = false
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (handle, descriptor) in [
            (input?.fileHandleForReading, 0), (output?.fileHandleForWriting, 1), (errors?.fileHandleForWriting, 2),
        ] as [(FileHandle?, Int32)] {
            if let handle { posix_spawn_file_actions_adddup2(&actions, handle.fileDescriptor, descriptor) }
        }
        for descriptor: Int32 in isSilent ? [1, 2] : [] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        let place = folder.map { ["/usr/bin/env", "-C", $0] } ?? []
        let environment = environment ?? ProcessInfo.processInfo.environment
        try self.init(&actions, place + [program] + words, environment)
        // Else their ends would never be seen.
        try input?.fileHandleForReading.close()
        try output?.fileHandleForWriting.close()
        if errors !== output { try errors?.fileHandleForWriting.close() }
    }

    /// Starts a program with descriptors of its own.
    ///
    /// - Parameter leads: whether it leads a process group: it lives on when the tests are interrupted.
    init(
        _ actions: inout posix_spawn_file_actions_t, _ words: [String], _ environment: [String: String],
        leads: Bool = true
    ) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the tests ignore or block is nothing to the program.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = (leads ? POSIX_SPAWN_SETPGROUP : 0) | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var identifier: pid_t = 0
        let status = Self.spawning.withLock { _ in
            posix_spawn(&identifier, words[0], &actions, &attributes, &arguments, &variables)
        }
        guard status == 0 else {
            throw ProcessFailure(description: "cannot start \(words[0]): \(String(cString: strerror(status)))")
        }
        self.identifier = identifier
    }

    /// Whether it has not ended yet.
    var isRunning: Bool { look(WNOHANG) == nil }

    /// Waits until it has ended.
    func wait() throws -> ProcessEnd {
        guard let end = look(0) else { throw ProcessFailure(description: "cannot wait for a process: \(errno)") }
        return end
    }

    private func look(_ options: Int32) -> ProcessEnd? {
        known.withLock { end in
            var status: Int32 = 0
            while end == nil {
                let found = waitpid(identifier, &status, options)
                if found == identifier { end = ProcessEnd(status) }
                if found == 0 || found < 0 && errno != EINTR { break }
            }
            return end
        }
    }
}
