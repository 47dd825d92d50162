// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

extension RealProcess {
    /// Topics and subscriptions that come and go are there or not there after a kill, never in between.
    struct ChurnTests {
        private static let rounds = 8
        private static let clients = 4

        @Test func `kills during CREATE, DELETE, PURGE and dead-lettering leave whole steps`() async throws {
            let seed = RealProcess.anySeed()
            do {
                let confirmed = try await onThread { try Self.run(seed: seed) }
                // Several full cycles, so that every kind of step has had its turn.
                #expect(confirmed > Churn.cycle.count * Self.clients, "only \(confirmed) steps were confirmed")
            } catch {
                let command = RealProcess.command("ChurnTests", seed: seed, rounds: Self.rounds)
                Issue.record("\(error)\nrepeat with: \(command)")
            }
        }

        private static func run(seed: UInt64) throws -> Int {
            let folder = DataFolder()
            var dice = Dice(seed: seed)
            var churns = (0..<clients).map { Churn(topic: "churn.\($0)", generation: 0, seed: dice.next()) }
            var broker = try BrokerProcess(folder: folder.path)
            var confirmed = 0
            for _ in 0..<rounds {
                let (port, before) = (broker.port, churns)
                let ends = Mutex<[Int: Swift.Result<Churn, any Error>]>([:])
                let group = DispatchGroup()
                for (index, churn) in before.enumerated() {
                    group.enter()
                    Thread {
                        var churn = churn
                        let result = Swift.Result { () throws -> Churn in
                            do {
                                try churn.run(port: port)
                            } catch WireError.closed {
                                // The broker is gone, as it should be.
                            }
                            return churn
                        }
                        ends.withLock { $0[index] = result }
                        group.leave()
                    }.start()
                }
                usleep(UInt32.random(in: 5_000...400_000, using: &dice))
                try broker.kill()
                group.wait()
                churns = try ends.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
                confirmed += churns.reduce(0) { $0 + $1.confirmed }
                broker = try BrokerProcess(folder: folder.path)
                for index in churns.indices {
                    churns[index] = try churns[index].verified(port: broker.port, seed: dice.next())
                }
            }
            try broker.kill()
            return confirmed
        }
    }
}
