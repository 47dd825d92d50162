// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

extension CommandSource {
    /// Commands whose every field is as large as it may be, written with three bytes for each.
    static let largest: [Command] = {
        let high = { (count: Int) in [UInt8](repeating: 0xFF, count: count) }
        // Two bytes for each character.
        let text = { (bytes: Int) in String(repeating: "\u{e9}", count: bytes / 2) }
        let dead = "$dead." + String(repeating: "t", count: 200) + "." + String(repeating: "s", count: 200)
        let name = String(repeating: "n", count: Limits.name)
        let tag = Limits.number
        var settings = SubscriptionOptions()
        settings.lease = Limits.leaseCeiling - 1
        settings.maxFailures = Int(Limits.failures)
        settings.backoff = Array(repeating: Limits.delay - 1, count: Limits.backoff)
        settings.ephemeral = true
        (settings.maxDeliveries, settings.order) = (Int(Limits.deliveries), Order.none)
        (settings.onPoison, settings.onExpire) = (.dead, .drop)
        (settings.expect, settings.expireAfter) = (Limits.duration - 1, Limits.duration - 1)
        settings.filter = Filter(
            header: String(repeating: "h", count: Limits.headerName), value: Array(text(Limits.filterValue).utf8),
            keyPrefix: high(Limits.identifier))
        var subscribe = Subscribe(Limits.number, dead, name, window: Limits.window, grace: Limits.grace - 1)
        (subscribe.from, subscribe.options, subscribe.alters) = (.time(Limits.number), settings, true)
        var touch = Touch(consumer: Limits.number, tags: [tag...tag])
        (touch.extend, touch.progress, touch.note) = (Limits.leaseCeiling - 1, 100, text(Limits.note))
        return [
            .subscribe(subscribe),
            .createSubscription(topic: dead, name: name, from: .time(Limits.number), options: settings), .touch(touch),
            .settle(
                Settle(
                    verb: .nack, consumer: Limits.number, tags: [tag - 1...tag], delay: Limits.delay - 1,
                    code: text(Limits.code), note: text(Limits.note))),
            .alterSubscription(topic: dead, name: name, options: settings),
            .settle(
                Settle(
                    verb: .reject, consumer: Limits.number, tags: [tag...tag], code: text(Limits.code),
                    note: text(Limits.note))),
            .begin(id: high(Limits.identifier), refusal: nil), .outcome(id: high(Limits.identifier)),
            .get(space: name, key: high(Limits.identifier)),
            .set(
                SetRecord(
                    space: name, key: high(Limits.identifier), expected: .exactly(Limits.number),
                    lifetime: Limits.lifetime - 1, value: high(Limits.record))),
            .unset(space: name, key: high(Limits.identifier), expected: .exactly(Limits.number)),
            .check(space: name, key: high(Limits.identifier), version: Limits.number),
            .list(
                ListRecords(
                    space: name, prefix: high(Limits.identifier), after: high(Limits.identifier), limit: Limits.list)),
            .receipt(
                WriteReceipt(
                    consumer: Limits.number, key: high(Limits.receiptKey), outcome: text(Limits.outcome),
                    lifetime: Limits.lifetime - 1)),
            .peek(topic: dead, offset: Limits.number, limit: Limits.peek), .purge(topic: dead, before: Limits.number),
            .info(.subscription(topic: dead, name: name)), .window(consumer: Limits.number, window: Limits.window),
        ]
    }()

    /// The same of the commands about single messages and processes.
    static let largestAboutMessages: [Command] = {
        let most = [UInt8](repeating: 0xFF, count: Limits.identifier)
        let note = String(repeating: "\u{e9}", count: Limits.note / 2)
        let dead = "$dead." + String(repeating: "t", count: 200) + "." + String(repeating: "s", count: 200)
        let name = String(repeating: "n", count: Limits.name)
        var publish = TimedPublish(topic: name, schedule: .at(Limits.number), ttl: Limits.duration - 1)
        (publish.id, publish.key, publish.process, publish.cause) = (most, most, most, most)
        publish.body = most
        var expect = Expect(process: most, topic: dead, within: Limits.duration - 1)
        (expect.id, expect.lookback) = (most, Limits.duration - 1)
        var redrive = Redrive(topic: dead, subscription: name)
        (redrive.filter.id, redrive.filter.key, redrive.filter.reason) = (most, most, "max-deliveries")
        redrive.filter.code = String(repeating: "\u{e9}", count: Limits.code / 2)
        (redrive.filter.since, redrive.filter.until) = (Limits.number, Limits.number)
        (redrive.rate, redrive.limit, redrive.isDryRun) = (Int(Limits.count), Limits.count, true)
        return [
            .publish(publish), .expect(expect), .redrive(redrive), .stopRedrive(topic: dead, name: name),
            .resolve(
                Resolve(topic: dead, subscription: name, offset: Limits.number, decision: .reject, note: note)),
            .why(topic: dead, message: .id(most), subscription: name), .tree(process: most, limit: Limits.tree),
            .scheduled(
                topic: dead, limit: Limits.listed, afterTime: Limits.number, afterNumber: Limits.number),
            .parked(topic: dead, name: name, limit: Limits.listed, after: Limits.number),
            .cancel(topic: dead, id: most), .reschedule(topic: dead, id: most, to: .at(Limits.number)),
            .unexpect(process: most, topic: dead, id: most),
            .pause(topic: dead, name: name, duration: Limits.duration - 1),
            .seek(topic: dead, name: name, to: .time(Limits.number)),
        ]
    }()
}
