// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// Behind a kill the verdict on each message is one that what was confirmed allows.
    struct FateTests {
        private static let rounds = 6
        /// Brokers with a mistake that may end by it before it shows, one after another.
        private static let attempts = 5
        private static let clients = 4
        /// Messages are asked about again in every round, so a long run begins with an empty folder now and then.
        private static let campaign = 20

        @Test func `kills leave no verdict that contradicts what was confirmed`() async throws {
            var dice = Dice(seed: RealProcess.anySeed())
            // The first campaign has the very seed that was given, so that a failing one can be repeated alone.
            var seed = Wish.seed ?? dice.next() % 1_000_000_000
            var left = Wish.rounds ?? Self.rounds
            while left > 0 {
                let rounds = min(left, Self.campaign)
                let given = seed
                do {
                    let steps = try await onThread { try Self.run(seed: given, rounds: rounds) }
                    if Wish.rounds != nil { FileHandle.standardError.write(Data("seed \(given): \(steps)\n".utf8)) }
                    let kinds = Set(steps.keys)
                    #expect(kinds.isSuperset(of: ["publish", "settle", "resolve"]), "only \(steps) were confirmed")
                } catch {
                    let command = RealProcess.command("FateTests", seed: given, rounds: rounds)
                    Issue.record("\(error)\nrepeat with: \(command)")
                }
                left -= rounds
                seed = dice.next() % 1_000_000_000
            }
        }

        /// Brokers that confirm before they commit are caught within a few kills, or else this test proves nothing.
        @Test(arguments: ["confirm-before-commit", "ack-before-commit"])
        func `a verdict that was confirmed before it was committed is found`(bug: String) async throws {
            let seed = RealProcess.anySeed()
            var complaints: [String] = []
            // A broker with such a mistake may also trip over it: what it reads is not there yet.
            while complaints.count < Self.attempts, complaints.last?.contains("confirmed was") != true {
                let given = seed + UInt64(complaints.count)
                let complaint = await #expect(throws: ProcessFailure.self) {
                    try await onThread { _ = try Self.run(seed: given, rounds: 200, bug: bug) }
                }
                complaints.append(complaint?.description ?? "")
            }
            #expect(complaints.last?.contains("confirmed was") == true, "\(complaints.joined(separator: "\n"))")
        }

        /// - Returns: how many steps of each kind were confirmed.
        private static func run(seed: UInt64, rounds: Int, bug: String? = nil) throws -> [String: Int] {
            let folder = DataFolder()
            var dice = Dice(seed: seed)
            var fates = Victims(clients: (0..<clients).map { Fates(number: $0, seed: dice.next()) })
            var broker = try BrokerProcess(folder: folder.path, bug: bug)
            for _ in 0..<rounds {
                let time = UInt32.random(in: 5_000...400_000, using: &dice)
                try fates.run(broker, microseconds: time) { client, port throws(WireError) in
                    try client.run(port: port)
                }
                broker = try BrokerProcess(folder: folder.path, bug: bug)
                for index in fates.clients.indices { try fates.clients[index].verify(port: broker.port) }
            }
            try broker.kill()
            return fates.clients.reduce(into: [:]) { steps, client in
                steps.merge(client.confirmed) { $0 + $1 }
            }
        }
    }
}
