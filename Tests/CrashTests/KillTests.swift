// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

/// All tests that run the real executable; one after another, as each wants the machine for itself.
@Suite(.serialized) struct RealProcess {
    /// What the environment asks for.
    enum Wish {
        static let rounds = ProcessInfo.processInfo.environment["MARTLET_CRASH_ROUNDS"].flatMap { Int($0) }
        static let seed = ProcessInfo.processInfo.environment["MARTLET_CRASH_SEED"].flatMap { UInt64($0) }
    }

    static func anySeed() -> UInt64 {
        Wish.seed ?? UInt64.random(in: 0..<1_000_000_000)
    }

    /// A line that repeats a test; the seed repeats its choices, if not the machine's.
    static func command(_ test: String, seed: UInt64, rounds: Int) -> String {
        "MARTLET_CRASH_SEED=\(seed) MARTLET_CRASH_ROUNDS=\(rounds) SWIFT_BACKTRACE=enable=no "
            + "swift test --filter CrashTests.RealProcess/\(test)"
    }
}

extension RealProcess {
    /// What was confirmed survives `SIGKILL`, at whatever moment it comes.
    struct KillTests {
        /// Rounds on one data folder, behind which it is drained and judged.
        private static let campaign = 20

        @Test func `kills under load lose nothing, bring nothing back and keep the order`() async throws {
            let rounds = Wish.rounds ?? Self.campaign
            var dice = Dice(seed: RealProcess.anySeed())
            // The first campaign has the very seed that was given, so that a failing one can be repeated alone.
            var seed = Wish.seed ?? dice.next() % 1_000_000_000
            var left = rounds
            while left > 0 {
                try await judge(Campaign(seed: seed, rounds: min(left, Self.campaign)), "KillTests")
                left -= Self.campaign
                seed = dice.next() % 1_000_000_000
            }
        }

        @Test func `kills during the start after a crash change nothing`() async throws {
            try await judge(Campaign(seed: RealProcess.anySeed(), rounds: 4, killedStarts: 4), "KillTests")
        }

        private func judge(_ campaign: Campaign, _ test: String) async throws {
            let command = RealProcess.command(test, seed: campaign.seed, rounds: campaign.rounds)
            do {
                let outcome = try await onThread { try campaign.run() }
                // More rounds are asked for to see what they did.
                if Wish.rounds != nil { FileHandle.standardError.write(Data((outcome.figures + "\n").utf8)) }
                let complaint = outcome.complaint(repeatedBy: command)
                #expect(complaint.isEmpty, "\(complaint)")
                #expect(outcome.checker.confirmedPublishes > 0, "nothing was published: \(outcome.figures)")
            } catch {
                Issue.record("\(error)\nrepeat with: \(command)")
            }
        }
    }

    /// The checker finds what it is there for.
    struct PlantedBugTests {
        /// One campaign misses a planted bug in less than one of two cases, so all of them do in one of a billion.
        private static let campaigns = 30

        @Test(arguments: [
            ("confirm-before-commit", Verdict.lost), ("ack-before-commit", Verdict.resurrected),
        ])
        func `a planted bug is found`(bug: String, verdict: Verdict) async throws {
            let seed = RealProcess.anySeed()
            for number in 0..<Self.campaigns {
                let campaign = Campaign(seed: seed + UInt64(number), rounds: 2, bug: bug)
                let outcome = try await onThread { try campaign.run() }
                if outcome.checker.findings.contains(where: { $0.verdict == verdict }) { return }
            }
            Issue.record("\(bug) was never found to be \(verdict) in \(Self.campaigns) campaigns from seed \(seed)")
        }
    }
}
