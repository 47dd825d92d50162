// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// One broker of which one call fails, the script on it, and what became of both.
struct FaultCase: Sendable {
    /// A broker that does not end in so many seconds hangs.
    private static let patience = 15
    /// Bytes of a segment of the journal: so few that it grows, gets further segments and uses them again.
    private static let segment = 131_072

    /// What came out.
    struct Outcome: Sendable {
        var calls: [Shim.Call: Int] = [:]
        /// Whether the call was made, and failed.
        var isReached = false
        /// Whether it was one on the journal.
        var isOnJournal = false
        /// Whether the broker has to stop, since it cannot know what is on the disk; without it goes on as before.
        var isFatal = false
        var end = ProcessEnd.exit(0)
        var problems: [String] = []

        /// Takes from the trace which call has failed.
        mutating func look(at fault: FaultCase, _ trace: Trace, hasStarted: Bool) {
            guard let call = trace.entries.first(where: { $0.kind == .failed }) else { return }
            isOnJournal = call.detail >= Trace.File.journal(0).number
            isFatal = fault.isFatal(call, in: trace, hasStarted: hasStarted)
        }
    }

    var fault: Shim.Fault?
    /// Flushes that do not take place, to show that this is found.
    var swallow: Shim.Swallow?

    /// Whether the broker has to stop when the call has failed.
    ///
    /// - Parameters:
    ///   - call: the failure, as the trace tells it.
    ///   - hasStarted: whether the broker had.
    func isFatal(_ call: Trace.Entry, in trace: Trace, hasStarted: Bool) -> Bool {
        guard let fault, !fault.effect.hasPrefix("stall") else { return false }
        switch fault.call {
        case .flush, .map, .truncate: return true
        // A segment that cannot be added is done without; the folder is opened to flush its entry.
        case .open: return !hasStarted || call.detail < Trace.File.folder.number
        case .send, .receive, .accept, .poll: return false
        case .write:
            let isOnJournal = call.detail != Trace.File.data.number
            switch fault.effect {
            // It is written once more, or the rest of it; LMDB takes a part for none.
            case "EINTR": return false
            case "short": return !isOnJournal
            // Where the journal cannot grow the step goes to the tree.
            case "ENOSPC": return !isOnJournal || !hasStarted || call.offset < Self.size(call.detail, trace, call.begin)
            default: return true
            }
        }
    }

    /// Bytes that a file has at a time.
    private static func size(_ file: Int, _ trace: Trace, _ time: UInt64) -> Int {
        trace.entries.filter { $0.kind == .written && $0.object == file && $0.begin < time }
            .map { $0.offset + $0.bytes.count }.max() ?? 0
    }

    func run() -> Outcome {
        let folder = DataFolder()
        let trace = folder.path + ".trace"
        defer {
            withExtendedLifetime(folder) {}
            for path in [trace, trace + ".counts"] { try? FileManager.default.removeItem(atPath: path) }
        }
        var outcome = Outcome()
        do {
            var script = FaultScript()
            var hasStarted = false
            var variables = try Shim(fault: fault, swallow: swallow).environment(folder: folder.path, trace: trace)
            variables.merge(BrokerProcess.segments(of: Self.segment)) { $1 }
            let broker = try BrokerProcess(spawning: folder.path, variables: variables)
            do {
                try broker.waitUntilUp()
                hasStarted = true
                try script.run(broker)
            } catch  where !broker.isRunning {
                // It ended while it started; how is judged below.
            }
            broker.terminate()
            outcome.end = try broker.wait(seconds: Self.patience)
            let counts = try Shim.counts(trace: trace)
            (outcome.calls, outcome.isReached) = (counts.calls, counts.failed > 0)
            try outcome.look(at: self, Trace(path: trace), hasStarted: hasStarted)
            outcome.problems += judge(outcome, broker.lines, isFull: script.isFull)
            // A file that has never been whole may be refused.
            guard try hasStarted || Self.canStart(folder.path) else { return outcome }
            try restart(folder.path, script)
            if outcome.isFatal || outcome.isOnJournal { try loseUnflushed(trace, script) }
        } catch {
            outcome.problems.append("\(error)")
        }
        return outcome
    }

    /// What is wrong with how it ended.
    func judge(_ outcome: Outcome, _ lines: [String], isFull: Bool) -> [String] {
        guard outcome.isFatal, outcome.isReached, !isFull else {
            return outcome.end == .exit(0) ? [] : ["it ended with \(outcome.end): \(lines.suffix(3))"]
        }
        guard case .exit(let code) = outcome.end else { return ["it ended with \(outcome.end): \(lines.suffix(3))"] }
        guard code != 0 else { return ["it went on behind a failure of its storage"] }
        let said = lines.filter { $0.hasPrefix("martlet: ") }
        return said.count == 1 ? [] : ["it ended with \(code) and said \(lines)"]
    }

    /// Whether a broker starts on a folder; one that does not has to say why in a line.
    private static func canStart(_ folder: String) throws -> Bool {
        let broker = try BrokerProcess(spawning: folder)
        do {
            try broker.waitUntilUp()
        } catch {
            guard broker.lines.last?.hasPrefix("martlet: ") == true else { throw error }
            return false
        }
        try broker.kill()
        return true
    }

    /// A broker without the fault finds all that was confirmed.
    private func restart(_ folder: String, _ script: FaultScript) throws {
        var script = script
        let broker = try BrokerProcess(folder: folder)
        do {
            try script.verify(port: broker.port)
        } catch {
            throw ProcessFailure(description: "behind a restart: \(error)")
        }
        try broker.kill()
    }

    /// So does one on a disk that has lost all that was not flushed: nothing was confirmed behind a failed flush.
    private func loseUnflushed(_ trace: String, _ script: FaultScript) throws {
        var timeline = try DiskTimeline(Trace(path: trace))
        timeline.advance(to: .max)
        guard let data = timeline.files.first, data.file == .data, !data.timeline.durable.isEmpty else { return }
        let folder = DataFolder()
        defer { withExtendedLifetime(folder) {} }
        var dice = Dice(seed: 1)
        try Image(of: timeline, at: 0, &dice) { _, _ in .all }.write(to: folder.path, &dice)
        var script = script
        do {
            let broker = try BrokerProcess(folder: folder.path)
            try script.verify(port: broker.port)
            try broker.kill()
        } catch {
            throw ProcessFailure(description: "without what was not flushed: \(error)")
        }
    }
}
