// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension RealProcess {
    /// Behind a kill a transaction is whole or absent, and `OUTCOME` tells which.
    struct LedgerTests {
        private static let rounds = 10
        private static let clients = 4

        @Test func `kills leave transactions whole or absent, and the outcome tells which`() async throws {
            let seed = RealProcess.anySeed()
            do {
                let confirmed = try await onThread { try Self.run(seed: seed) }
                #expect(confirmed > Self.rounds * Self.clients, "only \(confirmed) steps were confirmed")
            } catch {
                let command = RealProcess.command("LedgerTests", seed: seed, rounds: Self.rounds)
                Issue.record("\(error)\nrepeat with: \(command)")
            }
        }

        private static func run(seed: UInt64) throws -> Int {
            let folder = DataFolder()
            var dice = Dice(seed: seed)
            var ledgers = Victims(clients: (0..<clients).map { Ledger(name: "\($0)", seed: dice.next()) })
            var broker = try BrokerProcess(folder: folder.path)
            for _ in 0..<(Wish.rounds ?? rounds) {
                let time = UInt32.random(in: 5_000...300_000, using: &dice)
                try ledgers.run(broker, microseconds: time) { ledger, port throws(WireError) in
                    try ledger.run(port: port)
                }
                broker = try BrokerProcess(folder: folder.path)
                for index in ledgers.clients.indices { try ledgers.clients[index].verify(port: broker.port) }
            }
            try broker.kill()
            return ledgers.clients.reduce(0) { $0 + $1.confirmed }
        }
    }
}
