// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A broker under faults of disk, network, clock and clients keeps what it promised, whatever the seed.
///
/// `make simulate SEEDS=1000` runs more of them.
struct SimulationTests {
    private static let slices: UInt64 = 2

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// Whether more is run than in every test, and told.
    static var isLong: Bool { number("MARTLET_SIMULATION_SEEDS") != nil }

    private static var seeds: ClosedRange<UInt64> {
        let first = number("MARTLET_SIMULATION_FIRST") ?? 1
        return first...(first + (number("MARTLET_SIMULATION_SEEDS") ?? 100) - 1)
    }

    /// What a run showed, with how to see it again.
    private static func account(_ seed: UInt64) throws -> String {
        let simulation = try Simulation(seed: seed, keepsJournal: true)
        let problem = try simulation.run() ?? "nothing, the second time"
        return """
            seed \(seed), step \(simulation.steps): \(problem)
            The last that happened:
            \(simulation.lastEvents(Int(number("MARTLET_SIMULATION_EVENTS") ?? 60)))
            Again: make simulate FIRST=\(seed) SEEDS=1
            """
    }

    @Test(arguments: 0..<slices)
    func `every promise holds under faults`(_ slice: UInt64) throws {
        var (runs, steps, checks, batches, hours) = (0, 0, 0, 0, 0.0)
        for seed in Self.seeds where seed % Self.slices == slice {
            let simulation = try Simulation(seed: seed)
            if try simulation.run() != nil {
                Issue.record("\(try Self.account(seed))")
                return
            }
            runs += 1
            steps += simulation.steps
            checks += simulation.promises.checks
            batches += simulation.batches
            hours += Double(simulation.clock.time) / 3_600_000
        }
        if Self.isLong {
            print("\(runs) seeds, \(steps) steps, \(batches) batches, \(checks) checks, \(Int(hours)) simulated hours")
        }
    }
}
