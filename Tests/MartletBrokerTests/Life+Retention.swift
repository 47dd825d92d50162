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
        if let problem = try send(1, .purge(topic: name, before: before), expecting: "OK") ?? collect() {
            return problem
        }
        model.topics[name]?.purge(before: before)
        return try audit()
    }

    /// Takes from a consumer what it was told has left the log.
    mutating func takeBack(_ told: Aside) -> String? {
        let words = told.line.split(separator: " ")
        guard words.count == 4, let number = UInt64(words[1]) else { return "'\(told.line)' is no LOST" }
        for tag in words[2].split(separator: ",") {
            guard let tag = UInt64(tag), model.takeBack(tag, of: number, on: told.connection) else {
                return "connection \(told.connection) does not have what '\(told.line)' says"
            }
        }
        return nil
    }

    /// Asks for all counts: what has been dropped may have been, and nothing else is missing.
    mutating func audit() throws -> String? {
        if let problem = collect() { return problem }
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
        if let problem = model.takeBackUntold() { return problem }
        for ((topic, name), answer) in zip(subscriptions, answers.dropFirst(names.count)) {
            guard case .subscription(let info) = answer else { return "\(topic)/\(name) is gone" }
            if let problem = model.compare(info) { return "\(topic)/\(name) \(problem)" }
        }
        return nil
    }
}

extension ReferenceModel {
    /// A consumer is told that the message of a delivery has left the log; false if it does not have it.
    mutating func takeBack(_ tag: UInt64, of number: UInt64, on connection: UInt64) -> Bool {
        guard let place = place(of: number, on: connection) else { return false }
        let consumer = consumers[place]
        guard consumers[place].lost.insert(tag).inserted else { return true }
        return topics[consumer.topic]?.subscriptions[consumer.subscription]?.takeBack(tag, of: consumer.id) == true
    }

    /// Takes what was dropped from consumers whose connections are gone, who learn it when they come back; the others
    /// should have been told.
    mutating func takeBackUntold() -> String? {
        for (topic, name) in subscriptionNames {
            for held in topics[topic]?.subscriptions[name]?.takeDropped() ?? [] {
                guard let place = consumers.firstIndex(where: { $0.id == held.consumer }) else { continue }
                guard consumers[place].keptUntil != nil else {
                    return
                        "\(topic)/\(name) did not tell consumer \(consumers[place].number) that tag \(held.tag) is gone"
                }
                consumers[place].lost.insert(held.tag)
            }
        }
        return nil
    }

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
