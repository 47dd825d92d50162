// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock

/// What went wrong with the broker's process rather than with its messages.
struct ProcessFailure: Error, CustomStringConvertible {
    var description: String
}

/// How a process ended.
enum ProcessEnd: Equatable {
    case exit(Int32)
    case signal(Int32)

    init(_ status: Int32) {
        self = status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
    }

    /// What it exited with, or the number of the signal.
    var number: Int32 {
        switch self {
        case .exit(let number), .signal(let number): number
        }
    }
}

/// A running `martlet serve`: the real executable, in a process of its own.
final class BrokerProcess {
    /// A process that does not start or end in so many seconds hangs.
    private static let patience = 60

    /// The port that it printed.
    private(set) var port = 0
    /// Milliseconds until it took connections.
    private(set) var startMilliseconds = 0
    private let folder: String
    private let process: SpawnedProcess
    private let output: Int32

    /// Starts a broker and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - bug: a mistake that the broker is to make.
    ///   - port: where it listens, for clients that are to find it again; without one it is any.
    ///   - variables: what is added to its environment.
    ///   - descriptors: how many the process may have; without a number as many as this one.
    convenience init(
        folder: String, bug: String? = nil, port: Int = 0, variables: [String: String] = [:], descriptors: Int? = nil
    ) throws {
        let begun = ContinuousClock.now
        try self.init(spawning: folder, bug: bug, port: port, variables: variables, descriptors: descriptors)
        try waitUntilUp()
        startMilliseconds = Int((ContinuousClock.now - begun) / .milliseconds(1))
    }

    /// Starts a broker and waits for nothing.
    init(
        spawning folder: String, bug: String? = nil, port: Int = 0, variables added: [String: String] = [:],
        descriptors: Int? = nil
    ) throws {
        let program = try Self.executable()
        self.folder = folder
        var ends: [Int32] = [-1, -1]
        // Unlike a pipe this can be made so that no other child of the tests holds it open.
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw ProcessFailure(description: "no pipe: \(errno)") }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, folder + ".log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // What the tests themselves are told must not change the broker's settings.
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        if let bug { environment["MARTLET_PLANTED_BUG"] = bug }
        environment.merge(added) { $1 }
        var words = [program, "serve", "--data", folder, "--port", "\(port)", "--admin-port", "0"]
        if let descriptors { words = ["/bin/sh", "-c", "ulimit -n \(descriptors); exec \"$0\" \"$@\""] + words }
        do {
            process = try SpawnedProcess(&actions, words, environment, leads: false)
        } catch {
            close(ends[0])
            throw error
        }
        output = ends[0]
    }

    deinit {
        signal(SIGKILL)
        _ = try? process.wait()
        close(output)
    }

    /// What lets a debug build have segments of its journal of so many bytes; nil leaves them as they are.
    static func segments(of bytes: Int?) -> [String: String] {
        bytes.map { ["MARTLET_SEGMENT_LIMIT": "\($0)"] } ?? [:]
    }

    /// The product of the build that these tests belong to: it lies next to their bundle.
    ///
    /// `MARTLET_PROGRAM` names another one.
    static func executable() throws -> String {
        if let program = ProcessInfo.processInfo.environment["MARTLET_PROGRAM"] { return program }
        var candidates = CommandLine.arguments.filter { $0.contains(".xctest") }
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            candidates.append(own)
        }
        for candidate in candidates {
            var folder = URL(fileURLWithPath: candidate)
            while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
            let program = folder.appendingPathComponent("martlet").path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        throw ProcessFailure(
            description: "the executable 'martlet' is not next to the test bundle (looked beside "
                + "\(candidates.joined(separator: ", "))); build it with 'swift build'")
    }

    /// Waits until it takes connections.
    func waitUntilUp() throws {
        port = try greeting()
    }

    /// Reads standard output up to the address.
    private func greeting() throws -> Int {
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, Int32(Self.patience) * 1_000) != 0 else {
                throw ProcessFailure(description: "the broker does not start; it said '\(text)' and \(complaint)")
            }
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let end = try self.wait(seconds: Self.patience)
                throw ProcessFailure(description: "the broker ended while it started (\(end)): \(complaint)")
            }
            text += String(decoding: chunk[..<count], as: UTF8.self)
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1) {
                let words = line.split(separator: " ")
                guard words.first == "address", words.count == 2 else { continue }
                guard let port = words[1].split(separator: ":").last.flatMap({ Int($0) }) else { continue }
                return port
            }
        }
    }

    /// The lines that were written to standard error.
    var lines: [String] {
        let text = (try? String(contentsOfFile: folder + ".log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    var identifier: pid_t { process.identifier }

    /// Whether the process has not ended.
    var isRunning: Bool { process.isRunning }

    /// Sends a signal, unless it has ended: the number may be another process's by then.
    private func signal(_ number: Int32) {
        if process.isRunning { Foundation.kill(identifier, number) }
    }

    /// The end of what was written to standard error.
    var complaint: String {
        "its standard error ends in '\(log.suffix(2_000))'"
    }

    /// What was written to standard error.
    var log: String { (try? String(contentsOfFile: folder + ".log", encoding: .utf8)) ?? "" }

    /// Kills the process as nothing else does, and fails when it had ended by itself.
    func kill() throws {
        signal(SIGKILL)
        let end = try wait(seconds: Self.patience)
        guard end == .signal(SIGKILL) else {
            throw ProcessFailure(description: "the broker ended by itself (\(end)): \(complaint)")
        }
    }

    /// Stops the process for a while, as a debugger or a machine that sleeps does.
    func pause() { signal(SIGSTOP) }

    /// Lets it go on.
    func resume() { signal(SIGCONT) }

    /// Waits until its standard error has a text.
    func waits(forLog text: String) -> Bool {
        for _ in 1...Self.patience * 100 {
            if log.contains(text) { return true }
            usleep(10_000)
        }
        return false
    }

    /// Asks the process to stop.
    func terminate() {
        signal(SIGTERM)
    }

    /// Waits for the end of the process; one that does not end in time is killed.
    func wait(seconds: Int) throws -> ProcessEnd {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning {
            guard ContinuousClock.now < deadline else {
                signal(SIGKILL)
                _ = try process.wait()
                throw ProcessFailure(description: "the broker did not end in \(seconds) s")
            }
            usleep(1_000)
        }
        return try process.wait()
    }
}
