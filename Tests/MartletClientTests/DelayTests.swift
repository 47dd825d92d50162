// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletTestKit
import Testing

@Suite("Delayed messages", .timeLimit(.minutes(10))) struct DelayTests {
    private static let start: UInt64 = 1_790_000_000_000

    @Test func `a delayed message has a due time, and an offset when it is due`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { (_, client) async throws in
            let administration = client.administration
            let delayed = try await client.publish(Draft("orders", body: [1], id: "a", key: "k", delay: .seconds(5)))
            #expect(delayed == Publication(offset: 0, due: Self.start + 5_000))
            let again = try await client.publish(Draft("orders", body: [1], id: "a", key: "k", delay: .seconds(5)))
            #expect(again == Publication(offset: 0, isDuplicate: true, due: Self.start + 5_000))
            let at = try await client.publish(Draft("orders", body: [2], id: "b", at: Self.start + 9_000))
            #expect(at.due == Self.start + 9_000)
            let now = try await client.publish(Draft("orders", body: [3], at: Self.start - 1))
            #expect(now.offset == 1 && now.due == nil)
            let scheduled = try await administration.scheduled("orders")
            #expect(
                scheduled.map(\.id) == ["a", "b"] && scheduled.map(\.due) == [Self.start + 5_000, Self.start + 9_000])
            #expect(scheduled.first?.key == "k" && scheduled.first?.bytes == 1)
            let rest = try await administration.scheduled("orders", after: scheduled[0].place)
            #expect(rest == [scheduled[1]])
            #expect(
                try await administration.why("orders", .id("a")).map(\.evidence) == [
                    .scheduled(due: Self.start + 5_000)
                ])
            #expect(
                try await administration.reschedule("orders", id: "b", to: .after(.seconds(1))) == Self.start + 1_000)
            try await administration.cancel("orders", id: "a")
            let gone = await #expect(throws: ClientError.self) { try await administration.cancel("orders", id: "a") }
            #expect(gone?.code == .refused("unknown-message"))
            clock.advance(by: 1_000)
            #expect(try await client.rest("orders", as: "all").map(\.body) == [[3], [2]])
        }
    }

    @Test func `a batch tells which of its messages are delayed`() async throws {
        try await OnBroker.run(clock: ManualClock()) { (_, client) async throws in
            var batch = try MessageBatch("orders")
            try batch.append([0])
            try batch.append(Draft("orders", body: [1], delay: .seconds(5)))
            try batch.append([2])
            try batch.append(Draft("orders", body: [3], delay: .seconds(6)))
            let publication = try await client.publish(batch)
            #expect(publication.isComplete && publication.count == 4)
            #expect((0..<4).map { publication.offset(at: $0) } == [1, nil, 2, nil])
            #expect(
                publication.delayed
                    == [.init(index: 1, due: Self.start + 5_000), .init(index: 3, due: Self.start + 6_000)])
            let again = try await client.publish(batch)
            #expect(again.duplicates == [0, 1, 2, 3])
        }
    }

    @Test func `a delayed message that is sent again after an interruption is its own first copy`() async throws {
        try await OnBroker.link(clock: ManualClock()) { (_, link, client) async throws in
            await link.loseReply(to: "PUB")
            let publication = try await client.publish(Draft("orders", body: [1], delay: .seconds(5)))
            #expect(publication == Publication(offset: 0, due: Self.start + 5_000))
            #expect(try await client.administration.scheduled("orders").count == 1)
        }
    }

    @Test func `a message whose time is over is not delivered, and that is told`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { (broker, client) async throws in
            try await client.administration.createSubscription("orders", "billing", from: .new)
            try await client.publish(Draft("orders", body: [1], ttl: .seconds(5)))
            clock.advance(by: 6_000)
            try await broker.wait(until: .backlog(0, "orders", "billing"))
            let why = try await client.administration.why("orders", .offset(1), subscription: "billing")
            #expect(why.map(\.verdict) == [.expired])
            guard case .other(_?) = try #require(why.first).evidence else {
                Issue.record("\(why)")
                return
            }
        }
    }

    @Test func `times at their limit are taken, and one past it is not sent`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let year = Duration.milliseconds(Limits.schedule)
            #expect(try await client.publish(Draft("orders", body: [], delay: year, ttl: year)).due != nil)
            #expect(try await client.publish(Draft("orders", body: [], delay: .zero, ttl: .milliseconds(1))).due == nil)
            for draft in [
                Draft("orders", body: [], delay: year + .milliseconds(1)),
                Draft("orders", body: [], delay: .milliseconds(-1)), Draft("orders", body: [], ttl: .zero),
                Draft("orders", body: [], ttl: year + .milliseconds(1)),
                Draft("orders", body: [], delay: .seconds(1), at: 1),
            ] {
                let error = await #expect(throws: ClientError.self) { try await client.publish(draft) }
                #expect(error?.code == .badArgument)
            }
        }
    }
}
