// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

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

        /// A broker that confirms before it commits is caught within a few kills, or else this test proves nothing.
        @Test func `a transaction that is confirmed before it is committed is found`() async throws {
            let seed = RealProcess.anySeed()
            let complaint = await #expect(throws: ProcessFailure.self) {
                try await onThread { _ = try Self.run(seed: seed, rounds: 200, bug: "confirm-before-commit") }
            }
            #expect(complaint?.description.contains("confirmed") == true, "\(complaint?.description ?? "")")
        }

        private static func run(
            seed: UInt64, rounds: Int = Wish.rounds ?? rounds, bug: String? = nil
        ) throws -> Int {
            let folder = DataFolder()
            var dice = Dice(seed: seed)
            var ledgers = Victims(clients: (0..<clients).map { Ledger(name: "\($0)", seed: dice.next()) })
            var broker = try BrokerProcess(folder: folder.path, bug: bug)
            for _ in 0..<rounds {
                let time = UInt32.random(in: 5_000...300_000, using: &dice)
                try ledgers.run(broker, microseconds: time) { ledger, port throws(WireError) in
                    try ledger.run(port: port)
                }
                broker = try BrokerProcess(folder: folder.path, bug: bug)
                for index in ledgers.clients.indices { try ledgers.clients[index].verify(port: broker.port) }
            }
            try broker.kill()
            return ledgers.clients.reduce(0) { $0 + $1.confirmed }
        }
    }
}
