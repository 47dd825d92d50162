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
                let fault = Shim.Fault(call: .write, first: 40, effect: "EIO")
                let outcome = FaultCase(fault: fault, swallow: .journal).run()
                return outcome.problems.contains { $0.hasPrefix("without what was not flushed") }
            }
            #expect(found)
        }

        @Test func `a failure behind the last answer is told too`() async throws {
            let ends = try await onThread {
                let made = FaultCase().run().calls[.write] ?? 0
                return (max(1, made - 2)..<(made + 1)).map { number in
                    FaultCase(fault: Shim.Fault(call: .write, first: number, effect: "EIO")).run()
                }
            }
            let isReached = ends.contains { $0.isReached }
            let problems = ends.flatMap { $0.problems }
            #expect(isReached)
            #expect(problems == [])
        }

        @Test func `what is told of the disk ends the broker, but for what can be done again or elsewhere`() {
            func isFatal(
                _ call: Shim.Call, _ effect: String, _ file: Trace.File, at offset: Int = 0, hasStarted: Bool = true
            ) -> Bool {
                let written = Trace.Entry(
                    kind: .written, object: file.number, begin: 1, end: 2, offset: 0, bytes: [1, 2, 3, 4])
                let failed = Trace.Entry(
                    kind: .failed, object: 0, begin: 3, end: 3, offset: offset, detail: file.number)
                return FaultCase(fault: Shim.Fault(call: call, first: 1, effect: effect))
                    .isFatal(failed, in: Trace([written, failed]), hasStarted: hasStarted)
            }
            for file in [Trace.File.data, .journal(1)] {
                #expect(isFatal(.write, "EIO", file) && isFatal(.flush, "EIO", file))
                #expect(isFatal(.open, "EMFILE", file, hasStarted: false))
                #expect(!isFatal(.write, "EINTR", file) && !isFatal(.flush, "stall2000", file))
            }
            #expect(isFatal(.flush, "EIO", .folder) && isFatal(.open, "EMFILE", .folder, hasStarted: false))
            #expect(!isFatal(.open, "EMFILE", .folder) && !isFatal(.open, "EMFILE", .journal(1)))
            #expect(isFatal(.open, "EMFILE", .data))
            #expect(isFatal(.write, "short", .data) && !isFatal(.write, "short", .journal(0)))
            #expect(isFatal(.write, "ENOSPC", .data, at: 4) && isFatal(.write, "ENOSPC", .journal(0), at: 3))
            #expect(!isFatal(.write, "ENOSPC", .journal(0), at: 4))
            #expect(!isFatal(.send, "EPIPE", .data))
        }

        @Test func `an end without a reason, by a signal, or none at all is found`() {
            let reason = ["2026-11-26T09:00:00 error martlet: stop", "martlet: the store failed"]
            func problems(_ call: Shim.Call, _ end: ProcessEnd, _ lines: [String]) -> Int {
                let fault = FaultCase(fault: Shim.Fault(call: call, first: 1, effect: "EIO"))
                let outcome = FaultCase.Outcome(isReached: true, isFatal: call != .send, end: end)
                return fault.judge(outcome, lines, isFull: false).count
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
