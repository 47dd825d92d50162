// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Messages are purged or dropped in a random life, and the broker's counts are those of the model.
extension Life {
    mutating func purge() throws -> String? {
        let name = pick(Self.topics) ?? ""
        guard let topic = model.topics[name] else {
            return try send(1, .purge(topic: name, before: nil), expecting: "ERR unknown-topic")
        }
        let before = isOne(in: 3) ? nil : UInt64.random(in: 1...topic.next + 2, using: &random)
        model.topics[name]?.purge(before: before)
        return try send(1, .purge(topic: name, before: before), expecting: "OK") ?? audit()
    }

    /// Asks for all counts: what has been dropped may have been, and nothing else is missing.
    mutating func audit() throws -> String? {
        let names = model.topics.keys.sorted()
        let subscriptions = model.subscriptionNames
        let answers = try harness.ask(
            names.map { .info(.topic($0)) }
                + subscriptions.map { .info(.subscription(topic: $0.topic, name: $0.name)) })
        for (name, answer) in zip(names, answers) {
            guard case .topic(let info) = answer else { return "\(name) is gone" }
            let known = model.topics[name]?.subscriptions.keys.sorted() ?? []
            if info.subscriptions != known { return "\(name) has \(info.subscriptions), not \(known)" }
            if let problem = model.topics[name]?.audit(
                first: info.first, next: info.next, bytes: info.bytes, at: model.now)
            {
                return "\(name) \(problem)"
            }
        }
        for ((topic, name), answer) in zip(subscriptions, answers.dropFirst(names.count)) {
            guard case .subscription(let info) = answer else { return "\(topic)/\(name) is gone" }
            if let problem = model.compare(info) { return "\(topic)/\(name) \(problem)" }
        }
        return nil
    }
}

extension ReferenceModel {
    /// What a subscription says of itself and is not so.
    func compare(_ info: SubscriptionInfo) -> String? {
        guard let topic = topics[info.topic], let subscription = topic.subscriptions[info.name] else {
            return "is not there"
        }
        let said = [info.backlog, UInt64(info.inFlight), info.dead, info.lost, UInt64(info.consumers)]
        let known = [
            subscription.backlog(next: topic.next), UInt64(subscription.held.count), subscription.dead,
            subscription.lost,
            UInt64(consumers.count { $0.topic == info.topic && $0.subscription == info.name }),
        ]
        return said == known ? nil : "has \(said) waiting, held, dead, lost and consumers, not \(known)"
    }
}
