// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletTestKit

@Suite("What a test waits for", .timeLimit(.minutes(10))) struct ConditionTests {
    @Test func `a test waits until a subscription stands as it wants, while the clock stands still`() async throws {
        let clock = ManualClock()
        try await TestBroker.with(clock: clock) { broker in
            let client = try PlainClient(broker.port)
            async let attached: Void = broker.wait(until: .consumers(1, "a", "s"))
            try client.publish("a", "one", "two", "three")
            #expect(try client.ask("SUB 1 a s from=earliest backoff=1h") == "OK created lease=30s")
            #expect(try client.messages(3).count == 3)
            try await attached
            try await broker.wait(until: .inFlight(3, "a", "s"))
            #expect(try client.ask("NACK 1 1") == "OK 1")
            try await broker.wait(until: .deferred(1, "a", "s"))
            #expect(try client.ask("REJECT 1 2") == "OK 1")
            try await broker.wait(until: .dead(1, "a", "s"))
            try await broker.wait(until: .backlog(2, "a", "s"))
            try await broker.wait(
                until: .counts("a", "s") {
                    $0 == SubscriptionCounts(backlog: 2, inFlight: 1, deferred: 1, dead: 1, consumers: 1)
                })
            #expect(try client.ask("ACK 1 3") == "OK 1")
            clock.advance(by: 2 * 3_600_000)
            try await broker.wait(until: .deferred(0, "a", "s"))
        }
    }

    @Test func `what does not come is told with what is there`() async throws {
        try await TestBroker.with { broker in
            let nothing = await #expect(throws: UnmetCondition.self) {
                try await broker.wait(until: .backlog(0, "a", "s"), within: .milliseconds(20))
            }
            #expect(nothing?.counts == nil)
            let text = "\(try #require(nothing))"
            #expect(text == "waited in vain for a as s: backlog 0; there was no such subscription")
        }
        let counts = SubscriptionCounts(backlog: 5, inFlight: 4, deferred: 3, dead: 2, consumers: 1)
        let unmet = UnmetCondition(condition: .dead(1, "a", "s"), counts: counts)
        #expect("\(unmet)".hasSuffix("dead 1; there was backlog 5, inFlight 4, deferred 3, dead 2, consumers 1"))
    }

    @Test func `a wait goes on over a restart, and gives up without a broker`() async throws {
        try await TestBroker.with { broker in
            let client = try PlainClient(broker.port)
            try client.publish("a", "one")
            #expect(try client.ask("SUB 1 a s from=earliest") == "OK created lease=30s")
            async let waiting: Void = broker.wait(until: .consumers(0, "a", "s"))
            try await broker.restart()
            try await waiting
            try await broker.wait(until: .backlog(1, "a", "s"))
            try await broker.stop()
            await #expect(throws: UnmetCondition.self) {
                try await broker.wait(until: .backlog(1, "a", "s"), within: .milliseconds(20))
            }
            try await broker.start()
        }
    }

    @Test func `a recorder is waited for by several, and a wait that is cancelled ends`() async throws {
        let seen = Recorder<Int>()
        try await withThrowingTaskGroup(of: [Int].self) { group in
            group.addTask { try await seen.wait(for: 3) }
            group.addTask { try await seen.wait { $0.contains(2) } }
            for number in 1...3 { seen.append(number) }
            for try await all in group { #expect(all.starts(with: [1, 2])) }
        }
        #expect(seen.all == [1, 2, 3])
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await seen.wait(for: 4) }
            }
            group.cancelAll()
        }
    }
}
