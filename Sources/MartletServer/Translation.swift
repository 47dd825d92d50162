// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletProtocol

// What the wire calls a command, the broker calls a request.
extension Request {
    init(_ command: Command) {
        switch command {
        case .subscribe(let subscribe):
            var request = SubscribeRequest(
                consumer: subscribe.consumer, topic: subscribe.topic, subscription: subscribe.subscription,
                window: subscribe.window, from: subscribe.settings.from.map(StartingPoint.init),
                settings: SubscriptionChoice(subscribe.settings))
            request.grace = subscribe.grace
            self = .subscribe(request)
        case .settle(let settle): self = .settle(SettleRequest(settle))
        case .touch(let touch):
            self = .touch(TouchRequest(consumer: touch.consumer, tags: touch.tags, extend: touch.extend))
        case .window(let consumer, let window): self = .window(consumer: consumer, window: window)
        case .unsubscribe(let consumer): self = .unsubscribe(consumer: consumer)
        case .createTopic(let name, let options): self = .createTopic(name: name, settings: TopicChoice(options))
        case .createSubscription(let topic, let name, let options):
            self = .createSubscription(
                topic: topic, name: name, from: options.from.map(StartingPoint.init),
                settings: SubscriptionChoice(options))
        case .deleteTopic(let name): self = .deleteTopic(name: name)
        case .deleteSubscription(let topic, let name): self = .deleteSubscription(topic: topic, name: name)
        case .info(let subject): self = .info(InfoQuestion(subject))
        case .peek(let topic, let offset, let limit): self = .peek(topic: topic, offset: offset, limit: limit)
        case .purge(let topic, let before): self = .purge(topic: topic, before: before)
        case .begin(let id, let error): self = .begin(id: id, refusal: error.map(Refusal.init))
        case .commit: self = .commit
        case .abort: self = .abort
        case .outcome(let id): self = .outcome(id: id)
        case .get(let space, let key): self = .get(space: space, key: key)
        case .set(let set):
            self = .set(
                SetRequest(
                    space: set.space, key: set.key, expected: ExpectedVersion(set.expected), lifetime: set.lifetime,
                    value: set.value))
        case .unset(let space, let key, let expected):
            self = .unset(space: space, key: key, expected: ExpectedVersion(expected))
        case .list(let list):
            self = .list(
                ListRequest(space: list.space, prefix: list.prefix, after: list.after, limit: list.limit))
        case .receipt(let receipt):
            self = .receipt(
                ReceiptRequest(
                    consumer: receipt.consumer, key: receipt.key, outcome: receipt.outcome,
                    lifetime: receipt.lifetime))
        case .ping: self = .ping
        case .bye: self = .bye
        case .hello, .pong: preconditionFailure("the connection answers these itself")
        }
    }
}

extension ExpectedVersion {
    init(_ version: RecordVersion) {
        switch version {
        case .any: self = .any
        case .exactly(let version): self = .exactly(version)
        }
    }
}

extension StartingPoint {
    init(_ start: Start) {
        switch start {
        case .earliest: self = .earliest
        case .new: self = .new
        case .offset(let offset): self = .offset(offset)
        case .time(let time): self = .time(time)
        }
    }
}

extension SubscriptionChoice {
    init(_ options: SubscriptionOptions) {
        self.init()
        lease = options.lease
        maxFailures = options.maxFailures
        backoff = options.backoff
        ephemeral = options.ephemeral
    }
}

extension SettleRequest {
    init(_ settle: Settle) {
        let verb: Verb =
            switch settle.verb {
            case .ack: .ack
            case .nack: .nack
            case .release: .release
            case .reject: .reject
            }
        self.init(verb: verb, consumer: settle.consumer, tags: settle.tags, delay: settle.delay)
        code = settle.code ?? ""
        note = settle.note ?? ""
    }
}

extension InfoQuestion {
    init(_ subject: InfoSubject) {
        switch subject {
        case .broker: self = .broker
        case .topics: self = .topics
        case .topic(let name): self = .topic(name)
        case .subscription(let topic, let name): self = .subscription(topic: topic, name: name)
        case .consumers: self = .consumers
        }
    }
}

extension Refusal {
    init(_ error: ProtocolError) {
        self.init(error.code.rawValue, error.text)
    }
}
