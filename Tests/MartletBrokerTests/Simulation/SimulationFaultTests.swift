// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore
import Testing

/// The simulation finds what is planted, and a seed is one run: a rig that has never found anything proves nothing.
struct SimulationFaultTests {
    private static let seeds: UInt64 = 400

    /// The first seed that finds it, and what it finds.
    private func finder(of what: Any, from first: UInt64 = 1, _ find: (UInt64) throws -> String?) rethrows -> UInt64? {
        for seed in first...(first + Self.seeds) {
            guard let problem = try find(seed) else { continue }
            if SimulationTests.isLong { print("\(what): seed \(seed): \(problem.prefix(120))") }
            return seed
        }
        return nil
    }

    @Test(arguments: SimulatedBug.allCases)
    func `the simulation finds what is planted`(_ bug: SimulatedBug) throws {
        let seed = try finder(of: bug) { seed in
            // A store that contradicts itself is refused at the next start.
            do { return try Simulation(seed: seed, bug: bug).run() } catch let error as StoreError { return "\(error)" }
        }
        #expect(seed != nil, "\(bug) goes unnoticed")
    }

    @Test func `one seed is one run, byte for byte`() throws {
        for seed in UInt64(1)...10 {
            let runs = try (0..<2).map { _ in
                let simulation = try Simulation(seed: seed, keepsJournal: true, remembersAll: true)
                let problem = try simulation.run()
                #expect(problem == nil)
                return simulation
            }
            #expect(runs[0].journal == runs[1].journal, "seed \(seed)")
            #expect(runs[0].transcript?.entries == runs[1].transcript?.entries, "seed \(seed)")
        }
    }
}
