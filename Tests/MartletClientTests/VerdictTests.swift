// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Verdicts of a broker", .timeLimit(.minutes(10))) struct VerdictTests {
    @Test func `each subscription has its own verdict with its evidence`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { (broker, client) async throws in
            let administration = client.administration
            try await administration.createTopic("orders")
            for name in ["idle", "late"] { try await administration.createSubscription("orders", name, from: .new) }
            try await administration.createSubscription(
                "orders", "only-b", from: .new, options: ConsumerOptions(filter: MessageFilter(keyPrefix: "b")))
            try await client.publish(Draft("orders", body: [], id: "o-1", key: "a"))
            try await administration.createSubscription("orders", "after", from: .new)
            try await client.first("orders", as: "late") {
                try await $0.nack(delay: .seconds(5), code: "E42", note: "no answer")
            }
            let why = try await administration.why("orders", .id("o-1"))
            let bySubscription = Dictionary(uniqueKeysWithValues: why.map { ($0.subscription ?? "", $0) })
            #expect(
                bySubscription.mapValues(\.verdict)
                    == ["idle": .waiting, "late": .deferred, "only-b": .filtered, "after": .beforeStart])
            guard case .waiting("no-consumer", _, _)? = bySubscription["idle"]?.evidence,
                case .deferred(let until, 1, 1, 20, "E42", "no answer")? = bySubscription["late"]?.evidence
            else {
                Issue.record("\(why)")
                return
            }
            #expect(until == 1_790_000_005_000)
            #expect(why.allSatisfy { $0.topic == "orders" && $0.offset == 1 && !$0.next.isEmpty })
            #expect(try await administration.why("orders", .id("other")).map(\.verdict).allSatisfy { $0 == .notFound })
            let unknown = await #expect(throws: ClientError.self) {
                try await administration.why("orders", .offset(1), subscription: "nobody")
            }
            #expect(unknown?.code == .refused("unknown-subscription"))
        }
    }

    @Test func `what a handler told about its work is in the evidence`() async throws {
        try await OnBroker.run(clock: ManualClock()) { (broker, client) async throws in
            try await client.publish("orders", "one")
            try await client.first("orders", as: "billing") { delivery in
                try await delivery.touch(progress: 40, note: "calling model")
                let why = try await client.administration.why("orders", .offset(1), subscription: "billing")
                guard case .leased(let consumer?, let until?, 1, 40, "calling model") = try #require(why.first).evidence
                else {
                    Issue.record("\(why)")
                    return
                }
                #expect(consumer.hasPrefix("tests/") && until > 1_790_000_000_000)
                try await delivery.ack()
            }
            let why = try await client.administration.why("orders", .offset(1), subscription: "billing")
            #expect(why.map(\.verdict) == [.handled])
        }
    }

    @Test func `a verdict that is not known here is kept as its word`() {
        #expect(MessageVerdict(rawValue: "levitating").description == "levitating")
        #expect(MessageVerdict(rawValue: "before-start") == .beforeStart)
    }

    @Test func `the flow of a process is a tree with the verdict of each subscription`() async throws {
        try await OnBroker.run { (_, client) async throws in
            try await client.publish(Draft("orders", body: [], id: "o-1", process: "p/1"))
            try await client.administration.createSubscription("orders", "billing", from: .earliest)
            try await client.publish(Draft("bills", body: [], id: "b-1", process: "p/1", cause: "o-1"))
            try await client.publish(Draft("bills", body: [], id: "b-2", process: "p/1", cause: "lost"))
            try await client.publish(Draft("bills", body: [], id: "b-3", process: "p/2", cause: "o-1"))
            let tree = try await client.administration.tree("p/1")
            #expect(tree.process == "p/1" && !tree.hasMore)
            #expect(tree.messages.map(\.id) == ["o-1", "b-2"] && tree.messages.map(\.isGap) == [false, true])
            let first = try #require(tree.messages.first)
            #expect(first.verdicts == ["billing": .waiting] && first.topic == "orders" && first.offset == 1)
            #expect(first.children.map(\.id) == ["b-1"] && first.children.first?.cause == "o-1")
            #expect(try await client.administration.tree("p/9").messages == [])
        }
    }

    @Test func `an expectation is met, missed or taken back`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { (_, client) async throws in
            let administration = client.administration
            try await client.publish(Draft("paid", body: [], process: "p"))
            #expect(try await administration.expect("p", on: "paid", within: .seconds(5), lookback: .seconds(60)) == 1)
            #expect(try await administration.expect("p", on: "paid", within: .seconds(5)) == nil)
            #expect(try await administration.unexpect("p", on: "paid"))
            #expect(try await administration.unexpect("p", on: "paid") == false)
            try await administration.expect("p", on: "paid", within: .seconds(5), id: "e")
            clock.advance(by: 5_001)
            let missed = try await client.next("$sys.expect.missed", as: "watch")
            #expect(missed.text.contains(#""process":"p""#), "\(missed.text)")
        }
    }
}

extension Client {
    /// Runs `body` with the first delivery of a subscription, which it may settle.
    func first(
        _ topic: String, as subscription: String, options: ConsumerOptions = ConsumerOptions(),
        _ body: (Delivery) async throws -> Void
    ) async throws {
        for try await delivery in try deliveries(
            topic, as: subscription, from: .earliest, window: 1, options: options)
        {
            return try await body(delivery)
        }
        throw CancellationError()
    }

    /// The first message of a subscription, acked.
    func next(_ topic: String, as subscription: String) async throws -> Message {
        let messages = Recorder<Message>()
        try await first(topic, as: subscription) { delivery in
            try await delivery.ack()
            messages.append(delivery.message)
        }
        return try await messages.wait(for: 1)[0]
    }
}
