// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock

@testable import CrashKit

/// A broker for each call that the script makes it do, or for some of them, and each way in which the call can fail.
struct FaultCampaign: Sendable {
    /// What came out.
    struct Outcome: Sendable {
        var failures: [String] = []
        var figures = ""
    }

    /// The ways in which calls can fail: effects, and how often in a row.
    static let effects: [Shim.Call: [(effect: String, count: Int)]] = [
        .write: [("EIO", 1), ("ENOSPC", 1), ("short", 1), ("EINTR", 1)],
        .flush: [("EIO", 1), ("EINTR", 1)],
        .open: [("EMFILE", 1), ("EACCES", 1)],
        .map: [("ENOMEM", 1)],
        .truncate: [("EIO", 1), ("ENOSPC", 1)],
        .send: [("ECONNRESET", 1), ("EPIPE", 1), ("EAGAIN", 20), ("EINTR", 1), ("short", 1)],
        // No EAGAIN: NIO takes it for granted that what can be read, or has ended, has something to read.
        .receive: [("ECONNRESET", 1), ("EINTR", 1), ("short", 1)],
        .accept: [("EMFILE", 3), ("ECONNABORTED", 1), ("EINTR", 1)],
        .poll: [("EINTR", 1), ("EINTR", 20)],
    ]
    /// Cases of the short form.
    private static let few = 250
    /// Flushes that stall; each takes its time, and one is like another.
    private static let stalls = 8
    private static let workers = 3
    var seed: UInt64
    /// Every how many-th case is run; nil takes a few.
    var every: Int?

    func run() throws -> Outcome {
        let plain = FaultCase().run()
        guard plain.problems.isEmpty else {
            throw ProcessFailure(description: "without a fault: \(plain.problems.joined(separator: "; "))")
        }
        let all = Self.cases(plain.calls)
        let stride = every ?? max(1, all.count / Self.few)
        let first = Int(seed % UInt64(stride))
        let chosen = Swift.stride(from: first, to: all.count, by: stride).map { all[$0] }
        let results = Lock<[(Shim.Fault, FaultCase.Outcome)]>([])
        let group = DispatchGroup()
        for worker in 0..<Self.workers {
            group.enter()
            Thread {
                for index in Swift.stride(from: worker, to: chosen.count, by: Self.workers) {
                    let outcome = FaultCase(fault: chosen[index]).run()
                    results.withLock { $0.append((chosen[index], outcome)) }
                }
                group.leave()
            }.start()
        }
        group.wait()
        let ended = results.withLock { $0 }
        let reached = ended.filter(\.1.isReached)
        let calls = Shim.Call.allCases.map { call in
            "\(reached.count { $0.0.call == call }) of \(call) (\(plain.calls[call] ?? 0) made)"
        }
        return Outcome(
            failures: ended.filter { !$0.1.problems.isEmpty }
                .map { "\($0.0): \($0.1.problems.joined(separator: "; "))" }.sorted(),
            figures: "\(chosen.count) of \(all.count) cases, \(reached.count) reached: "
                + calls.joined(separator: ", ")
                + "; \(reached.count { $0.1.isOnJournal }) of them on the journal")
    }

    /// All calls in all ways.
    private static func cases(_ calls: [Shim.Call: Int]) -> [Shim.Fault] {
        var cases: [Shim.Fault] = []
        for call in Shim.Call.allCases {
            let made = calls[call] ?? 0
            for (effect, count) in effects[call] ?? [] {
                cases += (1..<(made + 1)).map { Shim.Fault(call: call, first: $0, count: count, effect: effect) }
            }
        }
        let flushes = calls[.flush] ?? 0
        let between = max(1, flushes / stalls)
        return cases
            + Swift.stride(from: between, through: flushes, by: between).map {
                Shim.Fault(call: .flush, first: $0, effect: "stall2000")
            }
    }
}
