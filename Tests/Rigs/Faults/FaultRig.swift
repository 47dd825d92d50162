// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

extension Rig {
    /// When the system fails a broker, it stops with a reason or goes on as before; it confirms nothing that is not so.
    struct Faults {
        @Test func `a call that fails or stalls ends the broker or nothing`() async throws {
            let campaign = FaultCampaign(seed: RigWish.seed(), every: RigWish.number("EVERY"))
            let outcome = try await onThread { try campaign.run() }
            RigWish.say(outcome.figures)
            let lines = ([outcome.figures] + outcome.failures.prefix(20)).joined(separator: "\n")
            let command = "make faults \(campaign.every.map { "EVERY=\($0)" } ?? "") SEED=\(campaign.seed)"
            #expect(outcome.failures.isEmpty, "\(lines)\nrepeat with: \(command)")
        }

        @Test func `a confirm that no flush covers is found`() async throws {
            let found = try await onThread {
                // A write of a meta page fails behind the flush that makes good for the one before; any other does not.
                (100..<110).contains { number in
                    let fault = Shim.Fault(call: .write, first: number, effect: "EIO")
                    let outcome = FaultCase(fault: fault, swallow: .lone).run()
                    return outcome.problems.contains { $0.hasPrefix("without what was not flushed") }
                }
            }
            #expect(found)
        }

        @Test func `an end without a reason, by a signal, or none at all is found`() {
            let reason = ["2026-11-26T09:00:00 error martlet: stop", "martlet: the store failed"]
            func problems(_ call: Shim.Call, _ end: ProcessEnd, _ lines: [String]) -> Int {
                let fault = FaultCase(fault: Shim.Fault(call: call, first: 1, effect: "EIO"))
                return fault.judge(FaultCase.Outcome(isReached: true, end: end), lines, isFull: false).count
            }
            #expect(problems(.flush, .exit(70), reason) == 0)
            #expect(problems(.flush, .exit(70), []) == 1)
            #expect(problems(.flush, .exit(70), reason + ["martlet: again"]) == 1)
            #expect(problems(.flush, .exit(0), reason) == 1)
            #expect(problems(.flush, .signal(6), reason) == 1)
            #expect(problems(.send, .exit(0), []) == 0)
            #expect(problems(.send, .exit(70), reason) == 1)
        }
    }
}
