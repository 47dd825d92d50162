// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// A failing seed fails again: what a broker does follows from its inputs alone.
struct ReproducibleTests {
    private static let seeds: UInt64 = 200

    private func run(_ seed: UInt64) throws -> [[UInt8]] {
        var life = try Life(seed: seed, remembersAll: true)
        if let problem = try life.run() { Issue.record("seed \(seed): \(problem)") }
        return life.harness.transcript?.entries ?? []
    }

    /// Where two runs of a seed part.
    private func difference(_ seed: UInt64) throws -> String? {
        let (one, other) = (try run(seed), try run(seed))
        guard one != other else { return one.isEmpty ? "nothing was said" : nil }
        let place = zip(one, other).prefix { $0 == $1 }.count
        let texts = [one, other].map { entries in
            entries.dropFirst(place).first.map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
        }
        return "seed \(seed), entry \(place): '\(texts[0])' and then '\(texts[1])'"
    }

    private func firstDifference() throws -> String? {
        for seed in 1...Self.seeds {
            if let difference = try difference(seed) { return difference }
        }
        return nil
    }

    @Test func `one seed is one run, byte for byte`() throws {
        #expect(try firstDifference() == nil)
    }

    @Test func `another seed is another run`() throws {
        #expect(try run(1) != run(2))
    }
}
