// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletClient

/// The broker of the demonstration: a process of its own that serves as `martlet serve` does, killed and started again
/// on one folder.
final class DemoBroker {
    private static let patience = 20_000

    /// Where it listens; the same after every restart.
    private(set) var port = 0
    private let folder: String
    private var process: ChildProcess?

    /// A broker that does not run yet.
    init(folder: String) { self.folder = folder }

    /// Starts it and waits until it listens.
    ///
    /// - Throws: `CommandFailure` with what it wrote to its log when it does not start.
    func start() async throws {
        // The system may have given the port to a short-lived connection meanwhile.
        for attempt in 1...20 {
            if try await startOnce() { return }
            try await DemoClock.wait(milliseconds: 25 * attempt)
        }
        throw CommandFailure(.refused, "the broker does not start; see \(folder)/broker.log")
    }

    /// Ends it with SIGKILL.
    func kill() {
        process?.kill()
        process = nil
    }

    /// Makes sure that it still runs.
    ///
    /// - Throws: `CommandFailure` when it ended by itself, which no fault of the plan makes it do.
    func look() throws(CommandFailure) {
        guard case .ended(let signal)? = process?.news() else { return }
        let reason = signal.map { "signal \($0)" } ?? "an exit"
        throw CommandFailure(.refused, "the broker ended by itself (\(reason)); see \(folder)/broker.log")
    }

    private func startOnce() async throws -> Bool {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CommandFailure(.io, "cannot make a pipe") }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let words = ["demo", "broker", "--data", folder + "/data", "--port", "\(port)"]
        let process: ChildProcess
        do {
            defer { close(ends[1]) }
            process = try ChildProcess(words, output: ends[1], log: folder + "/broker.log")
        }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<Self.patience / 5 {
            let count = read(ends[0], &chunk, chunk.count)
            if count > 0 { text.append(contentsOf: chunk[..<count]) }
            if let port = Self.port(in: String(decoding: text, as: UTF8.self)) {
                self.port = port
                self.process = process
                return true
            }
            if case .ended = process.news() { return false }
            try await DemoClock.wait(milliseconds: 5)
        }
        return false
    }

    /// The port in the broker's greeting; nil when it has not been written yet.
    static func port(in greeting: String) -> Int? {
        // The last piece may be half a line.
        for line in greeting.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "address" { return ClientConfiguration.Address(words[1])?.port }
        }
        return nil
    }
}
