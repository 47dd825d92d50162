// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Topics and subscriptions come and go in a random life.
extension Life {
    /// Makes a topic whose messages are kept in one way or another.
    mutating func createTopic(_ name: String) throws -> String? {
        var options = TopicOptions()
        switch Int.random(in: 0..<8, using: &random) {
        case 0: options.maxMessages = UInt64.random(in: 3...20, using: &random)
        case 1: options.maxBytes = UInt64.random(in: 100...2_000, using: &random)
        case 2: options.maxAge = Int.random(in: 3_000...30_000, using: &random)
        case 3: options.retention = .interest
        case 4:
            options.retention = .interest
            options.maxMessages = UInt64.random(in: 5...30, using: &random)
        case 5:
            options.retention = .work
            options.maxMessages = UInt64.random(in: 5...30, using: &random)
        default: break
        }
        // How much of a pack counts as settled is the broker's to say, so bytes never refuse anything here.
        if options.maxBytes != nil || options.retention == nil && isOne(in: 2) { options.unsettled = .drop }
        if isOne(in: 4) { options.dedupWindow = Int.random(in: 0...10, using: &random) * 1_000 }
        return try send(1, .createTopic(name: name, options: options), expecting: model.createTopic(name, options))
    }

    mutating func changeTopics() throws -> String? {
        let name = pick(Self.topics) ?? ""
        if model.topics[name] == nil || isOne(in: 4) { return try createTopic(name) }
        let expected = model.deleteTopic(name)
        let problem = try send(1, .deleteTopic(name: name), expecting: expected)
        _ = harness.heardByAll()
        return problem
    }

    mutating func changeSubscriptions() throws -> String? {
        if isOne(in: 2) { return try createSubscription() }
        let (topic, name) = (pick(Self.topics) ?? "", pick(Self.subscriptions) ?? "")
        let expected = model.deleteSubscription(topic, name)
        let problem = try send(1, .deleteSubscription(topic: topic, name: name), expecting: expected)
        _ = harness.heardByAll()
        return problem
    }

    mutating func createSubscription() throws -> String? {
        let (topic, name, from) = (pick(Self.topics) ?? "", pick(Self.subscriptions) ?? "", drawStart())
        let options = drawOptions(topic)
        let expected = model.createSubscription(topic, name, from, options)
        return try send(
            1, .createSubscription(topic: topic, name: name, from: from, options: options), expecting: expected)
    }

    mutating func drawStart() -> Start? {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: .none
        case 1, 2: .new
        case 3: .offset(UInt64.random(in: 1...40, using: &random))
        case 4: .time(harness.now.wall - UInt64.random(in: 0...10_000, using: &random))
        case 5: .time(harness.now.wall + UInt64.random(in: 0...1, using: &random))
        default: .earliest
        }
    }

    /// The settings of a new subscription.
    ///
    /// Where messages are dropped unsettled, they do not die: when both become due at once, either may come first.
    mutating func drawOptions(_ topic: String) -> SubscriptionOptions {
        var options = SubscriptionOptions()
        options.ephemeral = isOne(in: 4)
        options.lease = Int.random(in: 2_000...5_000, using: &random)
        options.backoff = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            Int.random(in: 0...3_000, using: &random)
        }
        let drops = model.topics[topic]?.drops(unsettledOfEphemeral: options.ephemeral) ?? false
        options.maxFailures = drops ? 1_000 : Int.random(in: 1...4, using: &random)
        options.maxDeliveries = drops || isOne(in: 2) ? 1_000 : Int.random(in: 1...6, using: &random)
        return options
    }
}
