// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// Random lives of a broker against the reference model: thousands of sequences, each from a seed.
struct ModelTests {
    private static let sequences: UInt64 = 3_000

    private func problem(seed: UInt64) throws -> String? {
        var life = try Life(seed: seed)
        for _ in 0..<60 {
            if let problem = try life.turn() { return problem }
        }
        return try life.drain()
    }

    @Test func `random lives keep every promise of the model`() throws {
        for seed in 1...Self.sequences {
            if let problem = try problem(seed: seed) {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }

    @Test func `the model catches a message that is delivered although it was settled`() {
        var model = ReferenceModel(lease: 1_000, maxFailures: 3, backoff: 0)
        model.publish(1)
        let got = Got(consumer: 1, tag: 1, offset: 1, attempt: 1, body: "x")
        #expect(model.deliver(got, to: 2, window: 1, at: 0) == nil)
        model.settle(.ack, 2, 1, delay: nil, at: 0)
        #expect(model.deliver(got, to: 2, window: 1, at: 0) == "was settled")
    }
}
