// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Steps about times and people", .timeLimit(.minutes(10))) struct StepTimesTests {
    private static let start: UInt64 = 1_790_000_000_000

    @Test func `a step delays, moves and cancels messages, and expects others, all or none`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { (broker, client) async throws in
            let administration = client.administration
            for id in ["cancelled", "moved"] {
                try await client.publish(Draft("timers", body: [], id: id, delay: .seconds(60)))
            }
            try await client.publish("orders", "one", id: "o-1")
            try await alongside {
                try await client.step("orders", as: "billing", from: .earliest) { _, step in
                    step.publish(Draft("timers", body: [], id: "new", delay: .seconds(30)))
                    step.cancel("timers", id: "cancelled")
                    step.reschedule("timers", id: "moved", to: .after(.seconds(10)))
                    step.expect("p", on: "paid", within: .seconds(5))
                    step.unexpect("p", on: "other")
                }
            } _: {
                try await broker.wait(until: .backlog(0, "orders", "billing"))
            }
            let scheduled = try await administration.scheduled("timers")
            #expect(scheduled.map(\.id) == ["moved", "new"])
            #expect(scheduled.map(\.due) == [Self.start + 10_000, Self.start + 30_000])
            #expect(try await administration.unexpect("p", on: "paid"))
        }
    }

    @Test func `a step that parks its message is carried out and not done`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            try await client.publish("orders", "one", id: "o-1")
            let receipts = Recorder<String?>()
            try await alongside {
                try await client.step("orders", as: "billing", from: .earliest) { message, step in
                    receipts.append(message.receipt)
                    step.set("carts", "a", to: Array((message.note ?? "asked").utf8))
                    if message.note == nil { step.park(code: "limit", note: "over 1,000") }
                }
            } _: {
                try await broker.wait(until: .counts("orders", "billing") { $0.backlog == 1 && $0.inFlight == 0 })
                #expect(try await client.record("carts", "a")?.value == Array("asked".utf8))
                #expect(try await client.administration.parked("orders", "billing").map(\.note) == ["over 1,000"])
                try await client.administration.resolve("orders", "billing", 1, .retry, note: "yes")
                try await broker.wait(until: .backlog(0, "orders", "billing"))
                #expect(try await client.record("carts", "a")?.value == Array("yes".utf8))
                #expect(try await receipts.wait(for: 2) == [nil, nil])
            }
        }
    }

    @Test func `a step whose message to cancel is gone fails as a whole`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            try await client.administration.createTopic("timers")
            try await client.publish("orders", "one")
            try await alongside {
                let options = ConsumerOptions(maxFailures: 1)
                try await client.step("orders", as: "billing", from: .earliest, options: options) { _, step in
                    step.set("carts", "a", to: [1])
                    step.cancel("timers", id: "nothing")
                }
            } _: {
                try await broker.wait(until: .dead(1, "orders", "billing"))
            }
            #expect(try await client.record("carts", "a") == nil)
            #expect(try await client.administration.deadLetters("orders", "billing").map(\.code) == ["unknown-message"])
        }
    }
}
