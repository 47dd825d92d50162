// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

/// Each verdict on a tiny history that deserves it, and on one that is nearly the same and does not.
struct CheckerTests {
    private let main = SubscriptionName(topic: "orders", name: "main")
    private let other = SubscriptionName(topic: "orders", name: "other")
    private var dead: SubscriptionName { SubscriptionName(topic: main.deadLetters, name: "audit") }
    private let message = MessageIdentity(publisher: 1, sequence: 1)
    private let second = MessageIdentity(publisher: 1, sequence: 2)

    private func verdicts(_ events: [Event], exclusive: Bool = false, also: Bool = false) -> [Verdict] {
        let setting = Checker.Setting(
            subscriptions: also ? [main, other] : [main], exclusive: exclusive ? [main] : [], maxFailures: 2)
        return Checker.check(events, setting).findings.map(\.verdict)
    }

    private func published(_ identity: MessageIdentity, at offset: Int) -> [Event] {
        [.sent(identity, topic: "orders"), .confirmed(identity, offset: offset)]
    }

    private func delivered(
        _ identity: MessageIdentity?, at offset: Int, attempt: Int = 1, to subscription: SubscriptionName? = nil,
        epoch: Int = 0, connection: Int = 1
    ) -> Event {
        .delivered(
            Observation(
                subscription: subscription ?? main, offset: offset, attempt: attempt, identity: identity, epoch: epoch,
                connection: connection))
    }

    private func done(_ settlement: Settlement, _ identity: MessageIdentity, _ on: SubscriptionName? = nil) -> [Event] {
        [.settling(settlement, on ?? main, identity), .settled(settlement, on ?? main, identity)]
    }

    // MARK: - lost

    @Test func `a confirmed message that never comes is lost, one that was not confirmed is not`() {
        #expect(verdicts(published(message, at: 1)) == [.lost])
        #expect(verdicts([.sent(message, topic: "orders")]) == [])
    }

    @Test func `a message that comes, is not settled and does not come again is lost, one that is settled is not`() {
        let seen = published(message, at: 1) + [delivered(message, at: 1)]
        #expect(verdicts(seen) == [.lost])
        #expect(verdicts(seen + [.settling(.ack, main, message)]) == [])
    }

    @Test func `a message that one subscription never gets is lost`() {
        let seen = published(message, at: 1) + [delivered(message, at: 1)] + done(.ack, message)
        #expect(verdicts(seen, also: true) == [.lost])
        #expect(verdicts(seen + [delivered(message, at: 1, to: other)] + done(.ack, message, other), also: true) == [])
    }

    @Test func `a confirmed reject without a dead letter is lost, an unconfirmed one is not`() {
        let asked = published(message, at: 1) + [delivered(message, at: 1), .settling(.reject, main, message)]
        #expect(verdicts(asked + [.settled(.reject, main, message)]) == [.lost])
        #expect(verdicts(asked) == [])
    }

    @Test func `the last failure without a dead letter is lost, the one before it is not`() {
        let once = published(message, at: 1) + [delivered(message, at: 1)] + done(.nack, message)
        let again = once + [delivered(message, at: 1, attempt: 2)]
        #expect(verdicts(again + done(.nack, message)) == [.lost])
        #expect(verdicts(again + done(.ack, message)) == [])
    }

    // MARK: - resurrected

    @Test func `a delivery after a confirmed ack is resurrected, after an unconfirmed one it is not`() {
        let asked = published(message, at: 1) + [delivered(message, at: 1), .settling(.ack, main, message)]
        let again = [delivered(message, at: 1, epoch: 1, connection: 2)] + done(.ack, message)
        #expect(verdicts(asked + [.settled(.ack, main, message)] + again) == [.resurrected])
        #expect(verdicts(asked + again) == [])
    }

    @Test func `a message that goes on beside its dead letter is resurrected`() {
        let asked = published(message, at: 1) + [delivered(message, at: 1), .settling(.reject, main, message)]
        let again = [delivered(message, at: 1, epoch: 1, connection: 2)] + done(.ack, message)
        let letter = [delivered(message, at: 1, to: dead, epoch: 1, connection: 3)] + done(.ack, message, dead)
        #expect(verdicts(asked + again + letter) == [.resurrected])
        #expect(verdicts(asked + letter) == [])
        #expect(verdicts(asked + again) == [])
    }

    // MARK: - unexpected

    @Test func `a message that nobody sent is unexpected, an unconfirmed one is recovered`() {
        let seen = [delivered(message, at: 1)] + done(.ack, message)
        #expect(verdicts(seen) == [.unexpected])
        let checker = Checker.check([.sent(message, topic: "orders")] + seen, Checker.Setting(subscriptions: [main]))
        #expect(checker.findings == [] && checker.recovered == [message])
    }

    @Test func `a confirmed message is not among the recovered`() {
        let events = published(message, at: 1) + [delivered(message, at: 1)] + done(.ack, message)
        let checker = Checker.check(events, Checker.Setting(subscriptions: [main]))
        #expect(checker.findings == [] && checker.recovered == [])
    }

    @Test func `a refused or damaged message is unexpected`() {
        let seen = [delivered(message, at: 1)] + done(.ack, message)
        #expect(verdicts([.sent(message, topic: "orders"), .refused(message)] + seen) == [.unexpected])
        #expect(verdicts([.sent(message, topic: "orders"), .refused(message)]) == [])
        #expect(verdicts([delivered(nil, at: 1)]) == [.unexpected])
    }

    @Test func `a message of another topic is unexpected`() {
        let seen = [delivered(message, at: 1)] + done(.ack, message)
        #expect(verdicts([.sent(message, topic: "events")] + seen) == [.unexpected])
    }

    @Test func `a message at another offset than confirmed is unexpected`() {
        let seen = [delivered(message, at: 2)] + done(.ack, message)
        #expect(verdicts(published(message, at: 1) + seen) == [.unexpected])
        #expect(verdicts(published(message, at: 2) + seen) == [])
    }

    @Test func `another message at a known offset is unexpected`() {
        let sent: [Event] = [.sent(message, topic: "orders"), .sent(second, topic: "orders")]
        let first = [delivered(message, at: 1)] + done(.ack, message)
        func later(_ offset: Int) -> [Event] {
            [delivered(second, at: offset, connection: 2)] + done(.ack, second)
        }
        #expect(verdicts(sent + first + later(1)).contains(.unexpected))
        #expect(verdicts(sent + first + later(2)) == [])
    }

    @Test func `a dead letter without a reject or enough failures is unexpected`() {
        let letter = [delivered(message, at: 1, to: dead, connection: 3)] + done(.ack, message, dead)
        let seen = published(message, at: 1) + [delivered(message, at: 1)]
        #expect(verdicts(seen + done(.nack, message) + letter).contains(.unexpected))
        let twice = done(.nack, message) + [delivered(message, at: 1, attempt: 2)] + done(.nack, message)
        #expect(verdicts(seen + twice + letter) == [])
        #expect(verdicts(seen + done(.reject, message) + letter) == [])
    }

    // MARK: - duplicated

    @Test func `a second delivery without a cause is duplicated`() {
        let seen = published(message, at: 1) + [delivered(message, at: 1)]
        func again(_ epoch: Int) -> [Event] {
            [delivered(message, at: 1, attempt: 2, epoch: epoch, connection: 2)] + done(.ack, message)
        }
        #expect(verdicts(seen + again(0)) == [.duplicated])
        #expect(verdicts(seen + again(1)) == [])
        #expect(verdicts(seen + [.ended(connection: 1)] + again(0)) == [])
        #expect(verdicts(seen + done(.nack, message) + again(0)) == [])
        #expect(verdicts(seen + done(.release, message) + again(0)) == [])
    }

    @Test func `a cause explains one more delivery, not two`() {
        let back = published(message, at: 1) + [delivered(message, at: 1)] + done(.release, message)
        let once = back + [delivered(message, at: 1, attempt: 2)]
        let twice = once + [delivered(message, at: 1, attempt: 3)]
        #expect(verdicts(once + done(.ack, message)) == [])
        #expect(verdicts(twice + done(.ack, message)) == [.duplicated])
    }

    @Test func `a publish that is stored twice is duplicated`() {
        let seen = published(message, at: 2) + [delivered(message, at: 1), .settling(.release, main, message)]
        func again(_ offset: Int) -> [Event] { [delivered(message, at: offset, attempt: 2)] + done(.ack, message) }
        #expect(verdicts(seen + again(2)).contains(.duplicated))
        #expect(!verdicts(seen + again(1)).contains(.duplicated))
    }

    @Test func `two dead letters of one message are duplicated`() {
        let seen = published(message, at: 1) + [delivered(message, at: 1)] + done(.reject, message)
        let letter = [delivered(message, at: 1, to: dead, connection: 3)] + done(.ack, message, dead)
        let more = [delivered(message, at: 2, to: dead, connection: 4)] + done(.ack, message, dead)
        #expect(Set(verdicts(seen + letter + more)).contains(.duplicated))
        #expect(verdicts(seen + letter) == [])
    }

    // MARK: - reordered and miscounted

    private func both(_ first: Event, _ later: Event) -> [Event] {
        published(message, at: 1) + published(second, at: 2) + [first, later] + done(.ack, message) + done(.ack, second)
    }

    @Test func `first deliveries of a connection against the order of offsets are reordered`() {
        #expect(verdicts(both(delivered(second, at: 2), delivered(message, at: 1))) == [.reordered])
        #expect(verdicts(both(delivered(message, at: 1), delivered(second, at: 2))) == [])
        #expect(verdicts(both(delivered(second, at: 2), delivered(message, at: 1, attempt: 2))) == [])
    }

    @Test func `across lives of the broker a lone consumer keeps the order, one of several need not`() {
        let events = both(delivered(second, at: 2), delivered(message, at: 1, epoch: 1, connection: 2))
        #expect(verdicts(events, exclusive: true) == [.reordered])
        #expect(verdicts(events) == [])
    }

    @Test func `a publisher's messages in another order than sent are reordered`() {
        func stored(_ offsets: (Int, Int)) -> [Event] {
            published(message, at: offsets.0) + published(second, at: offsets.1)
                + [delivered(message, at: offsets.0, connection: 1), delivered(second, at: offsets.1, connection: 2)]
                + done(.ack, message) + done(.ack, second)
        }
        #expect(verdicts(stored((2, 1))) == [.reordered])
        #expect(verdicts(stored((1, 2))) == [])
    }

    @Test func `counts that differ from what was seen are miscounted`() {
        let seen = published(message, at: 1) + [delivered(message, at: 1)] + done(.ack, message)
        #expect(verdicts(seen + [.counted(topic: "orders", messages: 1, next: 3)]) == [.miscounted])
        #expect(verdicts(seen + [.counted(topic: "orders", messages: 2, next: 2)]) == [.miscounted])
        #expect(verdicts(seen + [.counted(topic: "orders", messages: 1, next: 2)]) == [])
        #expect(verdicts(seen + [.countedDead(main, 1)]) == [.miscounted])
        #expect(verdicts(seen + [.countedDead(main, 0)]) == [])
    }
}
