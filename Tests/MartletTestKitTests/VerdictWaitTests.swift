// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

@testable import MartletTestKit

@Suite("What a test waits for of one message", .timeLimit(.minutes(10))) struct VerdictWaitTests {
    @Test func `a test waits until a verdict holds, while the clock stands still`() async throws {
        let clock = ManualClock()
        try await TestBroker.with(clock: clock) { broker in
            let client = try PlainClient(broker.port)
            async let leased = broker.wait(until: .leased, topic: "a", message: .id("one"), subscription: "s")
            #expect(try client.ask("PUB a 1 id=one", "x") == "OK 1 subs=0")
            #expect(try client.ask("SUB 1 a s from=earliest") == "OK created lease=30s")
            #expect(try client.messages(1).count == 1)
            #expect(try await leased.map(\.offset) == [1])
            #expect(try client.ask("NACK 1 1 delay=5s code=E1") == "OK 1")
            let deferred = try await broker.wait(until: .deferred, topic: "a", message: .offset(1), subscription: "s")
            guard case .deferred(let until, _, 1, _, "E1", _)? = deferred.first?.evidence else {
                Issue.record("\(deferred)")
                return
            }
            #expect(until == 1_790_000_005_000)
            clock.advance(by: 5_000)
            try await broker.wait(until: .leased, topic: "a", message: .offset(1), subscription: "s")
            #expect(try client.ask("ACK 1 2") == "OK 1")
            let all = try await broker.wait(until: .handled, topic: "a", message: .offset(1))
            #expect(all.map(\.subscription) == ["s"])
        }
    }

    @Test func `a verdict that does not come is told with what is so`() async throws {
        try await TestBroker.with { broker in
            let nothing = await #expect(throws: UnmetVerdict.self) {
                try await broker.wait(until: .dead, topic: "a", message: .id("x"), within: .milliseconds(20))
            }
            #expect(nothing?.found.isEmpty == true)
            #expect("\(try #require(nothing))".hasSuffix(": dead; there was no such topic or subscription"))
            let client = try PlainClient(broker.port)
            #expect(try client.ask("PUB a 1 id=one", "x") == "OK 1 subs=0")
            #expect(try client.ask("CREATE subscription a s from=earliest") == "OK")
            let found = try await broker.wait(until: .waiting, topic: "a", message: .offset(1))
            let unmet = UnmetVerdict(
                verdict: .dead, topic: "a", message: .offset(1), subscription: nil, found: found)
            #expect("\(unmet)".hasPrefix("waited in vain for a offset(1): dead; there was s: waiting"))
        }
    }
}
