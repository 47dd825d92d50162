// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

extension Rig {
    /// A broker that is used for long takes no more than at first, and keeps its queues moving.
    struct SoakRig {
        @Test func `a broker that is used in every way grows no further and drains to nothing`() async throws {
            let minutes = RigWish.number("MINUTES") ?? 1
            let soak = Soak(seconds: minutes * 60, seed: RigWish.seed())
            let outcome = try await onThread { try soak.run() }
            RigWish.say(outcome.figures)
            let lines = (outcome.problems.prefix(10) + [outcome.figures]).joined(separator: "\n")
            #expect(outcome.problems.isEmpty, "\(lines)\nrepeat with: make soak MINUTES=\(minutes) SEED=\(soak.seed)")
        }
    }
}
