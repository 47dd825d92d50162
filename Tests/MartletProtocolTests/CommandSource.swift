// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

/// Random commands that the parser accepts, the same in every run.
struct CommandSource {
    private static let kinds = 39

    var random: SeededRandom
    private(set) var kind = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    var coin: Bool { mutating get { Bool.random(using: &random) } }

    mutating func number(_ range: ClosedRange<UInt64> = 0...Limits.number) -> UInt64 {
        // Small and large numbers alike.
        UInt64.random(in: range, using: &random) >> UInt64.random(in: 0...62, using: &random) | range.lowerBound
    }

    mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// An id or a key: any byte but spaces and control characters.
    mutating func identifier(_ limit: Int = Limits.identifier) -> [UInt8] {
        let allowed = (0x21...0xFF).filter { $0 != 0x7F }.map(UInt8.init)
        return (0..<Int.random(in: 1...limit, using: &random)).map { _ in allowed.randomElement(using: &random) ?? 0 }
    }

    /// Text without control characters.
    mutating func text(_ limit: Int) -> String {
        let characters = Array("aZ09 %=,:&/\u{e9}\u{20ac}\u{1F600}\"\\")
        var text = ""
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let next = characters.randomElement(using: &random) ?? "a"
            if text.utf8.count + next.utf8.count <= limit { text.append(next) }
        }
        return text
    }

    mutating func name() -> String { coin ? "orders" : "A-b_9.c" }
    mutating func readableName() -> String { coin ? name() : "$dead.orders.billing" }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Int {
        let unit = [1, 1_000, 60_000, 3_600_000, 86_400_000].randomElement(using: &random) ?? 1
        let value = Int.random(in: range, using: &random) / unit * unit
        return range.contains(value) ? value : range.upperBound
    }

    /// Ranges that neither touch nor overlap.
    mutating func tags() -> [ClosedRange<UInt64>] {
        var next: UInt64 = 1
        return (0..<Int.random(in: 1...8, using: &random)).map { _ in
            let first = next + UInt64.random(in: 1...1_000_000, using: &random)
            let last = first + (Bool.random(using: &random) ? 0 : UInt64.random(in: 1...9_999, using: &random))
            next = last + 1
            return first...last
        }
    }

    mutating func start() -> Start? {
        switch Int.random(in: 0...4, using: &random) {
        case 1: .earliest
        case 2: .new
        case 3: .offset(number(1...Limits.number))
        case 4: .time(number())
        default: nil
        }
    }

    mutating func settings() -> SubscriptionOptions {
        var settings = SubscriptionOptions()
        if coin { settings.lease = milliseconds(Limits.leaseFloor...Limits.leaseCeiling) }
        if coin { settings.maxFailures = Int(UInt64.random(in: 1...Limits.failures, using: &random)) }
        if coin {
            let count = Int.random(in: 1...Limits.backoff, using: &random)
            settings.backoff = (0..<count).map { _ in milliseconds(0...Limits.delay) }
        }
        settings.ephemeral = coin
        if coin { settings.maxDeliveries = Int(UInt64.random(in: 1...Limits.deliveries, using: &random)) }
        if coin { settings.order = Order.allCases.randomElement(using: &random) }
        if coin { settings.onPoison = OnPoison.allCases.randomElement(using: &random) }
        if coin { settings.onExpire = OnExpire.allCases.randomElement(using: &random) }
        if coin { settings.expect = coin ? 0 : milliseconds(1...Limits.duration) }
        if coin { settings.expireAfter = coin ? 0 : milliseconds(1...Limits.duration) }
        settings.filter = filter()
        return settings
    }

    private mutating func filter() -> Filter? {
        let filter = Filter(
            header: coin ? "Content-Type_0.9" : "", value: Array(text(Limits.filterValue).utf8),
            keyPrefix: coin ? identifier() : [])
        // A value without a header is not a filter that a line can name.
        if filter.isEmpty { return nil }
        return filter.header.isEmpty ? Filter(keyPrefix: filter.keyPrefix) : filter
    }

    mutating func topicSettings() -> TopicOptions {
        var settings = TopicOptions()
        if coin { settings.retention = Retention.allCases.randomElement(using: &random) }
        if coin { settings.unsettled = Unsettled.allCases.randomElement(using: &random) }
        if coin { settings.maxAge = coin ? 0 : milliseconds(1_000...36_500 * 86_400_000) }
        if coin { settings.maxBytes = coin ? 0 : number(1...Limits.number) }
        if coin { settings.maxMessages = coin ? 0 : number(1...Limits.number) }
        if coin { settings.dedupWindow = milliseconds(0...Limits.dedupWindow) }
        return settings
    }

    /// A command of the next kind, each in its turn.
    mutating func next() -> Command {
        kind = (kind + 1) % Self.kinds
        if kind >= 23 { return messageCommand(kind - 23) }
        return kind < 9 ? consumerCommand() : kind < 16 ? administration() : stateCommand()
    }

    private mutating func consumerCommand() -> Command {
        switch kind {
        case 0:
            var subscribe = Subscribe(number(), readableName(), "billing")
            subscribe.from = start()
            subscribe.options = settings()
            if coin { subscribe.window = Int.random(in: 0...Limits.window, using: &random) }
            if coin { subscribe.grace = milliseconds(0...Limits.grace) }
            subscribe.alters = coin
            return .subscribe(subscribe)
        case 1, 2, 3, 4:
            let verb = [Settle.Verb.ack, .nack, .release, .reject][kind - 1]
            var settle = Settle(verb: verb, consumer: number(), tags: tags())
            if verb == .nack || verb == .release, coin { settle.delay = milliseconds(0...Limits.delay) }
            if verb == .nack || verb == .reject {
                if coin { settle.code = text(Limits.code) }
                if coin { settle.note = text(Limits.note) }
            }
            return .settle(settle)
        case 5:
            var touch = Touch(consumer: number(), tags: tags())
            if coin { touch.extend = milliseconds(Limits.leaseFloor...Limits.leaseCeiling) }
            if coin { touch.progress = Int.random(in: 0...100, using: &random) }
            if coin { touch.note = text(Limits.note) }
            return .touch(touch)
        case 6: return .window(consumer: number(), window: Int.random(in: 0...Limits.window, using: &random))
        case 7: return .unsubscribe(consumer: number())
        default: return coin ? .ping : .bye
        }
    }

    private mutating func administration() -> Command {
        switch kind {
        case 9:
            return .createTopic(name: name(), options: topicSettings())
        case 10: return .createSubscription(topic: readableName(), name: name(), from: start(), options: settings())
        case 11: return .deleteTopic(name: readableName())
        case 12: return .deleteSubscription(topic: readableName(), name: name())
        case 13:
            let subjects = [
                InfoSubject.broker, .topics, .topic(readableName()), .consumers,
                .subscription(topic: readableName(), name: name()),
                .leases(
                    topic: readableName(), name: name(), limit: 1 + Int(number(0...999)),
                    after: number(0...Limits.number)),
                .survey(
                    limit: 1 + Int(number(0...999)),
                    after: SurveyPlace(topic: number(0...Limits.number), subscription: number(0...Limits.number))),
            ]
            return .info(subjects.randomElement(using: &random) ?? .broker)
        case 14:
            let limit = Int.random(in: 1...Limits.peek, using: &random)
            return .peek(topic: readableName(), offset: number(1...Limits.number), limit: limit)
        default: return .purge(topic: readableName(), before: coin ? number(1...Limits.number) : nil)
        }
    }

    private mutating func stateCommand() -> Command {
        switch kind {
        case 16: return .begin(id: coin ? identifier() : nil, refusal: nil)
        case 17: return coin ? .commit : .abort
        case 18: return .outcome(id: identifier())
        case 19: return .get(space: name(), key: identifier())
        case 20:
            return .set(
                SetRecord(
                    space: name(), key: identifier(), expected: coin ? .any : .exactly(number()),
                    lifetime: coin ? milliseconds(1...Limits.lifetime) : nil, value: bytes(0...200)))
        case 21:
            if coin { return .check(space: name(), key: identifier(), version: number()) }
            return .unset(space: name(), key: identifier(), expected: coin ? .any : .exactly(number()))
        default:
            if coin {
                return .list(
                    ListRecords(
                        space: name(), prefix: coin ? identifier() : [], after: coin ? identifier() : [],
                        limit: Int.random(in: 1...Limits.list, using: &random)))
            }
            return .receipt(
                WriteReceipt(
                    consumer: number(), key: identifier(Limits.receiptKey), outcome: "done" + text(100),
                    lifetime: milliseconds(1...Limits.lifetime)))
        }
    }
}
