// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

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
            var churns = Victims(
                clients: (0..<clients).map { Churn(topic: "churn.\($0)", generation: 0, seed: dice.next()) })
            var broker = try BrokerProcess(folder: folder.path)
            var confirmed = 0
            for _ in 0..<rounds {
                let time = UInt32.random(in: 5_000...400_000, using: &dice)
                try churns.run(broker, microseconds: time) { churn, port throws(WireError) in try churn.run(port: port)
                }
                confirmed += churns.clients.reduce(0) { $0 + $1.confirmed }
                broker = try BrokerProcess(folder: folder.path)
                for index in churns.clients.indices {
                    churns.clients[index] = try churns.clients[index].verified(port: broker.port, seed: dice.next())
                }
            }
            try broker.kill()
            return confirmed
        }
    }
}
