// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// Random lives of a broker against the reference model: thousands of sequences, each from a seed.
struct ModelTests {
    private static let sequences: UInt64 = 1_500

    @Test func `random lives keep every promise of the model`() throws {
        for seed in 1...Self.sequences {
            var life = try Life(seed: seed)
            if let problem = try life.run() {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }
}
