// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

/// After every step of every random life the broker says of every message what is so (semantics 7).
struct AccountTests {
    private static let lives: UInt64 = 200
    private static let steps = 60
    /// How many lives that go wrong are told of.
    private static let told = 3

    @Test func `every message of every life is accounted for after every step`() {
        var wrong = 0
        for seed in 1...Self.lives where wrong < Self.told {
            let plan = AccountPlan(seed: seed, count: Self.steps)
            guard AccountLife.fault(plan.setup, plan.steps) != nil else { continue }
            let short = Shortening.shortest(of: plan.steps) { AccountLife.fault(plan.setup, $0) != nil }
            guard let (fault, diary) = AccountLife.fault(plan.setup, short) else { continue }
            Issue.record("seed \(seed): \(fault)\n\(AccountSetup.words(plan.setup))\n\(diary.joined(separator: "\n"))")
            wrong += 1
        }
    }
}
