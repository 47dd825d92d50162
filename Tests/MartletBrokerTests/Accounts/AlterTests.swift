// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// The settings of a subscription are changed (semantics 3).
struct AlterTests {
    private func alter(
        _ harness: BrokerHarness, answer: String = "OK", _ change: (inout SubscriptionOptions) -> Void
    ) throws {
        var options = SubscriptionOptions()
        change(&options)
        try harness.say(.alterSubscription(topic: "orders", name: "billing", options: options), answer: answer)
    }

    @Test func `a lease holds from the next delivery on`() throws {
        let harness = try BrokerHarness.account { $0.lease = 5_000 }
        try harness.serve()
        try harness.put("a")
        try alter(harness) { $0.lease = 2_000 }
        try harness.put("b")
        #expect(try harness.why(1).evidence.until == harness.now.wall + 5_000)
        #expect(try harness.why(2).evidence.until == harness.now.wall + 2_000)
    }

    @Test func `a backoff holds for the next delivery`() throws {
        let harness = try BrokerHarness.account { $0.backoff = [1_000] }
        try alter(harness) { $0.backoff = [100_000] }
        try harness.serve()
        try harness.put("a")
        try harness.settle(.nack, 1)
        let until = try #require(harness.why(1).evidence.until) - harness.now.wall
        #expect((80_000...120_000).contains(until))
    }

    @Test func `what poison becomes and how many failures there may be`() throws {
        let harness = try BrokerHarness.account { $0.maxFailures = 5 }
        try alter(harness) { options in
            options.maxFailures = 1
            options.onPoison = .park
        }
        try harness.serve()
        try harness.put("a")
        try harness.settle(.nack, 1)
        #expect(try harness.verdict(1) == .parked)
        #expect(try harness.info("orders", "billing").settings.maxFailures == 1)
    }

    @Test func `it holds over a restart, and what is not named stays`() throws {
        let harness = try BrokerHarness.account { options in
            options.maxFailures = 5
            options.lease = 7_000
        }
        try alter(harness) { $0.maxFailures = 3 }
        try harness.crash()
        let settings = try harness.info("orders", "billing").settings
        #expect(settings.maxFailures == 3)
        #expect(settings.lease == 7_000)
    }

    @Test func `the retention of a topic is fixed, its limits are not`() throws {
        let harness = try BrokerHarness.account()
        var options = TopicOptions()
        options.retention = .interest
        try harness.say(.alterTopic(name: "orders", options: options), answer: "ERR conflict")
        options = TopicOptions()
        options.maxMessages = 1
        try harness.say(.alterTopic(name: "orders", options: options))
        #expect(try harness.put("a") == "OK 1")
        #expect(try harness.put("b") == "ERR full")
    }

    @Test func `what is not there is not changed`() throws {
        let harness = try BrokerHarness.account()
        let options = SubscriptionOptions()
        try harness.say(
            .alterSubscription(topic: "orders", name: "nobody", options: options), answer: "ERR unknown-subscription")
        try harness.say(
            .alterSubscription(topic: "nothing", name: "billing", options: options), answer: "ERR unknown-topic")
        try harness.say(.alterTopic(name: "nothing", options: TopicOptions()), answer: "ERR unknown-topic")
    }

    @Test func `a consumer that names other settings has to say that it changes them`() throws {
        let harness = try BrokerHarness.account { $0.lease = 5_000 }
        var options = SubscriptionOptions()
        options.lease = 9_000
        var request = Subscribe(consumer: 1, topic: "orders", subscription: "billing", options: options)
        try harness.say(.subscribe(request), answer: "ERR conflict")
        request.alters = true
        try harness.say(.subscribe(request))
        try harness.put("a")
        #expect(try harness.why(1).evidence.until == harness.now.wall + 9_000)
    }
}
