// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletTestKit
import Testing

@Suite("Records of a broker", .timeLimit(.minutes(10))) struct BrokerRecordTests {
    @Test func `a record is read as it was set`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { (_, client) async throws in
            #expect(try await client.record("carts", "a") == nil)
            #expect(try await client.setRecord("carts", "a", to: [0, 10, 255], expecting: .absent) == 1)
            #expect(
                try await client.record("carts", "a")
                    == Record(version: 1, time: 1_790_000_000_000, value: [0, 10, 255]))
            clock.advance(by: 5)
            #expect(
                try await client.setRecord("carts", "a", to: [], expecting: .version(1), ttl: .seconds(1)) == 2)
            #expect(
                try await client.record("carts", "a")
                    == Record(version: 2, time: 1_790_000_000_005, expires: 1_790_000_001_005, value: []))
            clock.advance(by: 1_000)
            #expect(try await client.record("carts", "a") == nil)
        }
    }

    @Test func `another version than was expected is a conflict that names it`() async throws {
        try await OnBroker.run { (_, client) async throws in
            for expected in [ExpectedVersion.version(1)] {
                let error = await #expect(throws: ClientError.self) {
                    try await client.setRecord("carts", "a", to: [1], expecting: expected)
                }
                #expect(error?.code == .conflict([0]))
            }
            for version in 1...3 {
                #expect(try await client.setRecord("carts", "a", to: [1], expecting: .any) == UInt64(version))
            }
            for expected in [ExpectedVersion.absent, .version(2), .version(4)] {
                let set = await #expect(throws: ClientError.self) {
                    try await client.setRecord("carts", "a", to: [2], expecting: expected)
                }
                #expect(set?.code == .conflict([3]))
            }
            let removal = await #expect(throws: ClientError.self) {
                try await client.removeRecord("carts", "a", expecting: .version(2))
            }
            #expect(removal?.code == .conflict([3]))
            #expect(try await client.record("carts", "a")?.value == [1])
        }
    }

    @Test func `a record that is removed goes on counting`() async throws {
        try await OnBroker.run { _, client in
            try await client.setRecord("carts", "a", to: [1], expecting: .absent)
            let removed = try await client.removeRecord("carts", "a", expecting: .version(1))
            #expect(removed == 2)
            #expect(try await client.record("carts", "a") == nil)
            #expect(try await client.setRecord("carts", "a", to: [2], expecting: .absent) == 3)
        }
    }

    @Test func `a listing goes through a space in the order of its keys`() async throws {
        try await OnBroker.run { _, client in
            let keys = ["a\"b", "b/1", "b/2", "b%3", "ä", "c\\d"]
            for (index, key) in keys.enumerated() {
                try await client.setRecord("carts", key, to: Array(repeating: 0, count: index), expecting: .absent)
            }
            try await client.setRecord("others", "z", to: [], expecting: .absent)
            let sorted = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let all = try await client.records(in: "carts")
            #expect(all.map(\.key) == sorted)
            #expect(all.map(\.length) == sorted.map { keys.firstIndex(of: $0) ?? -1 })
            #expect(all.allSatisfy { $0.version == 1 && $0.time > 0 && $0.expires == nil })
            #expect(try await client.records(in: "carts", prefix: "b/").map(\.key) == ["b/1", "b/2"])
            let page = try await client.records(in: "carts", limit: 2, after: sorted[1])
            #expect(page.map(\.key) == Array(sorted[2...3]))
            #expect(try await client.records(in: "nothing") == [])
        }
    }

    @Test func `values at the limit are taken, and one past it is not sent`() async throws {
        try await OnBroker.run { _, client in
            let value = [UInt8](repeating: 7, count: 65_536)
            try await client.setRecord("carts", String(repeating: "k", count: 200), to: value, expecting: .absent)
            #expect(try await client.record("carts", String(repeating: "k", count: 200))?.value == value)
            let error = await #expect(throws: ClientError.self) {
                try await client.setRecord("carts", "a", to: value + [7], expecting: .any)
            }
            #expect(error?.code == .badArgument)
        }
    }

    @Test func `a change whose answer is lost is unknown, and reading tells`() async throws {
        try await OnBroker.link { (_, link, client) async throws in
            await link.loseReply(to: "SET")
            let error = await #expect(throws: ClientError.self) {
                try await client.setRecord("carts", "a", to: [1], expecting: .absent)
            }
            #expect(error?.code == .unknown)
            await link.loseReply(to: "GET")
            #expect(try await client.record("carts", "a")?.value == [1])
        }
    }

    @Test func `a transaction that nobody made is unknown`() async throws {
        try await OnBroker.run { (_, client) async throws in
            #expect(try await client.outcome(of: "tx-1") == .unknown)
        }
    }
}
