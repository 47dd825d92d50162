// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Synchronization

/// A shell command that runs, and is fed its standard input without waiting for it.
final class ExecutedCommand {
    /// How a command ended.
    enum End: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    /// Descriptors below this are kept from the command, sockets of the connection above all.
    private static let keptDescriptors: Int32 = 256
    /// The end of the pipe that the handler of SIGCHLD writes to.
    private static let writeEnd = Atomic<Int32>(-1)

    private let identifier: pid_t
    private var feeding: Int32?
    private var input: ArraySlice<UInt8>

    /// Makes a descriptor that becomes readable when a command ends.
    static func watchEnds() throws(CommandFailure) -> Int32 {
        let ends = try SignalPipe.open()
        writeEnd.store(ends.write, ordering: .relaxed)
        Glibc.signal(SIGCHLD) { _ in
            let before = errno
            var byte: UInt8 = 1
            _ = Glibc.write(ExecutedCommand.writeEnd.load(ordering: .relaxed), &byte, 1)
            errno = before
        }
        return ends.read
    }

    /// Empties the descriptor of `watchEnds`; ends that come later make it readable again.
    static func forgetEnds(_ descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }

    /// Starts a command line with `/bin/sh`.
    ///
    /// - Parameters:
    ///   - input: what its standard input will be.
    ///   - variables: what is added to its environment; an empty value takes the variable out of it.
    init(
        _ command: String, input: [UInt8], variables: [(name: String, value: [UInt8])]
    ) throws(CommandFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.failure(errno) }
        for descriptor in 3..<Self.keptDescriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        // What this process ignores, a command would ignore as well.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = Self.pointers(["/bin/sh", "-c", command].map { Array($0.utf8) })
        var environment = Self.pointers(Self.environment(with: variables))
        defer { for pointer in arguments + environment { free(pointer) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, "/bin/sh", &actions, &attributes, &arguments, &environment)
        close(ends[0])
        guard code == 0 else {
            close(ends[1])
            throw Self.failure(code)
        }
        self.identifier = identifier
        feeding = ends[1]
        self.input = input[...]
    }

    deinit {
        if let feeding { close(feeding) }
    }

    /// The descriptor that more of the input can be written to, once it can be written.
    var unfed: [Int32] { feeding.map { [$0] } ?? [] }

    /// Writes what there is room for of the input.
    func feed() {
        guard let descriptor = feeding else { return }
        while !input.isEmpty {
            let count = input.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            // A command that does not read its input, or not all of it, has its reasons.
            guard count > 0 else { break }
            input.removeFirst(count)
        }
        close(descriptor)
        feeding = nil
    }

    /// How it ended; nil while it runs.
    func end() -> End? {
        var status: Int32 = 0
        guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
        return status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }

    /// This process's environment with some variables of a command's own.
    private static func environment(with variables: [(name: String, value: [UInt8])]) -> [[UInt8]] {
        var environment = ProcessInfo.processInfo.environment
        for (name, _) in variables { environment[name] = nil }
        return environment.map { Array("\($0.key)=\($0.value)".utf8) }
            + variables.filter { !$0.value.isEmpty }.map { Array("\($0.name)=".utf8) + $0.value }
    }

    /// Copies of texts as C takes a list of them; the caller frees each.
    private static func pointers(_ texts: [[UInt8]]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { text in strdup((text + [0]).map { CChar(bitPattern: $0) }) } + [nil]
    }

    private static func failure(_ code: Int32) -> CommandFailure {
        CommandFailure(.io, "cannot start /bin/sh (\(String(cString: strerror(code))))")
    }
}
