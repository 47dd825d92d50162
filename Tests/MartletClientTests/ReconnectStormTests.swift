// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import MartletModel
import MartletTestKit
import Testing

@testable import MartletClient

/// A thousand clients lose their broker at once.
@Suite(.serialized)
struct ReconnectStormTests {
    private static let clients = 1_000

    /// Random numbers that are drawn for one client and noted for all.
    private final class Draws: Sendable {
        let noted = Lock<[UInt64]>([])

        func source(_ seed: UInt64) -> @Sendable () -> UInt64 {
            let random = Lock(SeededRandom(seed: seed))
            return {
                let number = random.withLock { $0.next() }
                self.noted.withLock { $0.append(number) }
                return number
            }
        }
    }

    private func configuration(_ port: Int) -> ClientConfiguration {
        var configuration = ClientConfiguration(addresses: [ClientConfiguration.Address(host: "127.0.0.1", port: port)])
        configuration.backoff = ClientConfiguration.Backoff(least: .milliseconds(500), most: .seconds(2))
        configuration.connectTimeout = .seconds(60)
        return configuration
    }

    /// How long a client waits that has drawn a number.
    private func wait(_ random: UInt64, _ configuration: ClientConfiguration) -> Int64? {
        var state = LinkState(configuration)
        _ = state.start()
        state.opened()
        guard case .wait(let milliseconds) = state.connectionEnded(hasWork: true, random: random) else { return nil }
        return milliseconds
    }

    @Test func `a thousand clients come back to a broker that was killed, spread, and lose nothing`() async throws {
        let draws = Draws()
        try await TestBroker.with { broker in
            let clients = try (0..<Self.clients).map { number in
                var configuration = configuration(broker.port)
                configuration.random = draws.source(UInt64(number))
                return try Client(configuration, logger: .silent)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients { group.addTask { try await client.run() } }
                let first = try await publishFromEach(clients)
                #expect(first == Set(1...UInt64(Self.clients)))
                draws.noted.withLock { $0 = [] }
                try await broker.stop(.killed)
                async let second = publishFromEach(clients)
                try await broker.start()
                let offsets = try await second
                #expect(offsets == Set(UInt64(Self.clients) + 1...UInt64(2 * Self.clients)))
                for client in clients { client.shutDown() }
                try await group.waitForAll()
            }
            // Each client lost its connection and drew its own wait; they are all over the range.
            let waits = draws.noted.withLock { $0 }.compactMap { wait($0, configuration(broker.port)) }
            #expect(waits.count >= Self.clients)
            let perWait = Dictionary(grouping: waits, by: \.self).mapValues(\.count)
            #expect(perWait.count > 200)
            #expect(perWait.values.allSatisfy { $0 * 20 < waits.count })
        }
    }

    /// Publishes one message from each client.
    ///
    /// - Returns: the offsets that were confirmed.
    private func publishFromEach(_ clients: [Client]) async throws -> Set<UInt64> {
        try await withThrowingTaskGroup(of: UInt64.self) { group in
            for (number, client) in clients.enumerated() {
                group.addTask {
                    let publication = try await client.publish(Draft("storm", body: Array("\(number)".utf8)))
                    #expect(!publication.isDuplicate)
                    return publication.offset
                }
            }
            return try await group.reduce(into: []) { $0.insert($1) }
        }
    }
}
