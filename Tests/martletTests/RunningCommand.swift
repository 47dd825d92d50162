// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

/// A client command that runs in a process of its own, as people and scripts run it.
///
/// Its methods block, so they are called on a thread (see `onThread`).
// SAFETY: a test hands it from one thread to the next and never uses it on two at once.
final class RunningCommand: @unchecked Sendable {
    /// How a command ended, and all that it wrote.
    struct End: Equatable {
        var status: Int32
        var output: String
        var complaint: String
    }

    private let process: SpawnedProcess
    private let input = SpawnedProcess.pipe()
    private let output = SpawnedProcess.pipe()
    private let errors = SpawnedProcess.pipe()
    private var text: [UInt8] = []
    private var complaint: [UInt8] = []

    /// Starts a command, with the broker's port in the environment.
    ///
    /// Its standard input stays open until `closeInput`.
    convenience init(_ words: [String], port: Int, environment: [String: String] = [:]) throws {
        try self.init(program: try Self.executable(), words, port: port, environment: environment)
    }

    /// Starts a shell script, in which `$M` is the command.
    convenience init(script: String, port: Int, environment: [String: String] = [:]) throws {
        let variables = environment.merging(["M": try Self.executable()]) { own, _ in own }
        try self.init(program: "/bin/sh", ["-c", script], port: port, environment: variables)
    }

    private init(program: String, _ words: [String], port: Int, environment variables: [String: String]) throws {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
        environment["MARTLET_ADDRESS"] = "127.0.0.1:\(port)"
        environment["SWIFT_BACKTRACE"] = "enable=no"
        environment.merge(variables) { _, own in own }
        process = try SpawnedProcess(
            program, words, environment: environment, input: input, output: output, errors: errors)
    }

    /// Adds text to the command's standard input.
    func write(_ text: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    /// Ends the command's standard input.
    func closeInput() throws { try input.fileHandleForWriting.close() }

    /// Waits for the next line of standard output; nil at its end.
    func line() -> String? {
        while true {
            if let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                defer { text.removeSubrange(...end) }
                return String(decoding: text[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return nil }
            text += more
        }
    }

    /// Sends SIGINT, as Ctrl-C does.
    func interrupt() { send(SIGINT) }

    /// The number of its process.
    var identifier: Int32 { process.identifier }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(process.identifier, signal) }

    /// Waits until standard error has a text.
    ///
    /// - Returns: false when it ends without it.
    func complains(_ text: String) -> Bool {
        while !String(decoding: complaint, as: UTF8.self).contains(text) {
            let more = errors.fileHandleForReading.availableData
            guard !more.isEmpty else { return false }
            complaint += more
        }
        return true
    }

    /// Waits until the command has ended by itself, without reading its output; a hang becomes a failure.
    func endUnread() throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(60)
        while process.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
        if process.isRunning { send(SIGKILL) }
        return try process.wait().number
    }

    /// Waits until the command has ended.
    func end() throws -> End {
        // Commands write far less to standard error than a pipe holds.
        let rest = text + (try output.fileHandleForReading.readToEnd() ?? Data())
        complaint += try errors.fileHandleForReading.readToEnd() ?? Data()
        return End(
            status: try process.wait().number, output: String(decoding: rest, as: UTF8.self),
            complaint: String(decoding: complaint, as: UTF8.self))
    }

    /// Runs a command with its whole input to its end.
    static func run(_ words: String..., port: Int, input: String = "") async throws -> End {
        try await onThread {
            let command = try RunningCommand(words, port: port)
            try command.write(input)
            try command.closeInput()
            return try command.end()
        }
    }

    /// Runs a shell script to its end; `$M` is the command.
    static func run(
        script: String, port: Int, environment: [String: String] = [:]
    ) async throws -> End {
        try await onThread {
            let command = try RunningCommand(script: script, port: port, environment: environment)
            try command.closeInput()
            return try command.end()
        }
    }

    /// The product of the build that these tests belong to: it lies next to their bundle.
    private static func executable() throws -> String {
        var candidates = CommandLine.arguments.filter { $0.contains(".xctest") }
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            candidates.append(own)
        }
        let programs = candidates.map { candidate in
            var folder = URL(fileURLWithPath: candidate)
            while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
            return folder.appendingPathComponent("martlet").path
        }
        return try #require(programs.first { FileManager.default.isExecutableFile(atPath: $0) })
    }
}

/// Runs what blocks on a thread of its own.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
