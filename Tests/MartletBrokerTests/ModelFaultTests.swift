// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// The reference model catches a broker that delivers what it may not: a model that accepts anything proves nothing.
struct ModelFaultTests {
    /// Connection 2 has consumer 1 of `orders/billing`, with a window of 4; each message takes 67 bytes.
    private func model(
        _ messages: Int, options: TopicOptions = TopicOptions(),
        _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) -> ReferenceModel {
        var configuration = BrokerConfiguration()
        configuration.backoff = [1_000]
        change(&configuration)
        var model = ReferenceModel(configuration, now: 100_000)
        _ = model.connect(2)
        _ = model.createTopic("orders", options)
        _ = model.subscribe(Self.sub(), on: 2)
        #expect(model.publish((0..<messages).map { Draft(body: "m\($0 + 1)") }, to: "orders").count == messages)
        return model
    }

    private static func sub(
        _ number: UInt64 = 1, grace: Int = 0, from: Start = .earliest, name: String = "billing"
    ) -> Subscribe {
        Subscribe(consumer: number, topic: "orders", subscription: name, window: 4, grace: grace, from: from)
    }

    private func settle(_ verb: Settle.Verb, _ tag: UInt64, delay: Int? = nil) -> Settle {
        Settle(verb: verb, consumer: 1, tags: [tag...tag], delay: delay)
    }

    private func handed(
        _ offset: UInt64, tag: UInt64, attempt: UInt32 = 1, to connection: UInt64 = 2, consumer: UInt64 = 1,
        body: String? = nil, receipt: String? = nil, turn: Int = 1
    ) -> Handed {
        let got = Got(
            consumer: consumer, tag: tag, offset: offset, attempt: attempt, body: body ?? "m\(offset)",
            receipt: receipt)
        return Handed(turn: turn, connection: connection, got: got, size: 3)
    }

    /// What is wrong with a delivery, without where.
    private func problem(_ model: inout ReferenceModel, _ handed: Handed) -> String? {
        model.deliver(handed).map { $0.replacing("orders/billing: offset \(handed.got.offset) ", with: "") }
    }

    // MARK: - Messages

    @Test func `a message that was settled, never published or changed`() {
        var model = model(3)
        #expect(problem(&model, handed(1, tag: 1)) == nil)
        #expect(model.settle(settle(.ack, 1), on: 2) == "OK 1")
        #expect(problem(&model, handed(1, tag: 2, attempt: 2)) == "was settled")
        #expect(problem(&model, handed(4, tag: 2)) == "was never published")
        #expect(problem(&model, handed(2, tag: 2, body: "other")) == "is not what was published")
        #expect(problem(&model, handed(2, tag: 2)) == nil)
    }

    @Test func `a message that was purged, lost or is too old for the subscription`() {
        var options = TopicOptions()
        (options.maxAge, options.unsettled) = (50_000, .drop)
        var model = model(5, options: options)
        model.topics["orders"]?.purge(before: 3)
        #expect(problem(&model, handed(2, tag: 1)) == "is older than what is left or was asked for")
        _ = model.pass(to: 150_001)
        let problem = model.topics["orders"]?.audit(first: 5, next: 6, bytes: 100, at: model.now)
        #expect(problem == nil)
        #expect(model.topics["orders"]?.subscriptions["billing"]?.lost == 2)
        #expect(self.problem(&model, handed(4, tag: 1)) == "is older than what is left or was asked for")
        #expect(model.subscribe(Self.sub(2, from: .new, name: "audit"), on: 2) == "OK created")
        #expect(
            model.deliver(handed(5, tag: 1, consumer: 2))
                == "orders/audit: offset 5 is older than what is left or was asked for")
    }

    @Test func `a message that is not durable`() {
        var model = model(2)
        model.durable = ["orders": 2]
        #expect(problem(&model, handed(1, tag: 1)) == nil)
        #expect(problem(&model, handed(2, tag: 2)) == "is not durable")
    }

    @Test func `a message that is held, also for a session that may come back`() {
        var model = model(1)
        _ = model.connect(3)
        _ = model.subscribe(Self.sub(grace: 10_000), on: 3)
        #expect(problem(&model, handed(1, tag: 1, to: 3)) == nil)
        #expect(problem(&model, handed(1, tag: 1, attempt: 2)) == "is held by a consumer")
        model.disconnect(3)
        _ = model.pass(to: model.now + 9_999)
        #expect(problem(&model, handed(1, tag: 1, attempt: 2)) == "is held by a consumer")
        _ = model.pass(to: model.now + 1)
        #expect(problem(&model, handed(1, tag: 1, attempt: 2)) == nil)
    }

    // MARK: - Times and counts

    @Test(arguments: [Settle.Verb.release, .nack])
    func `a message before its delay is over`(_ verb: Settle.Verb) {
        var model = model(1)
        #expect(problem(&model, handed(1, tag: 1)) == nil)
        #expect(model.settle(settle(verb, 1, delay: 500), on: 2) == "OK 1")
        _ = model.pass(to: model.now + 499)
        #expect(problem(&model, handed(1, tag: 2, attempt: 2)) == "is not due for 1 ms")
        _ = model.pass(to: model.now + 1)
        #expect(problem(&model, handed(1, tag: 2, attempt: 2)) == nil)
    }

    @Test func `a message before its backoff is over, after a nack, a timeout or a loss behind a touch`() {
        for end in ["nack", "timeout", "loss"] {
            var model = model(1)
            #expect(problem(&model, handed(1, tag: 1)) == nil)
            if end == "nack" { _ = model.settle(settle(.nack, 1), on: 2) }
            if end == "timeout" { #expect(model.pass(to: model.now + 30_000) == [2: [1: [1]]]) }
            if end == "loss" {
                let until = model.now + 30_000
                #expect(model.touch(Touch(consumer: 1, tags: [1...1]), on: 2) == "OK 1 until=\(until)")
                model.disconnect(2)
                _ = model.connect(2)
                _ = model.subscribe(Self.sub(), on: 2)
            }
            _ = model.pass(to: model.now + 799)
            #expect(problem(&model, handed(1, tag: 2, attempt: 2)) == "is not due for 1 ms", "\(end)")
            _ = model.pass(to: model.now + 1)
            #expect(problem(&model, handed(1, tag: 2, attempt: 2)) == nil, "\(end)")
        }
    }

    @Test func `a wrong count of attempts, a tag that was given before, an offset out of order`() {
        var model = model(3)
        #expect(problem(&model, handed(2, tag: 1)) == nil)
        #expect(model.settle(settle(.release, 1), on: 2) == "OK 1")
        #expect(problem(&model, handed(2, tag: 2, turn: 2)) == "is not attempt 1")
        #expect(problem(&model, handed(2, tag: 1, attempt: 2, turn: 2)) == "has the tag 1, which was given before")
        #expect(problem(&model, handed(1, tag: 2, turn: 2)) == "comes behind 2")
        _ = model.connect(3)
        _ = model.subscribe(Self.sub(), on: 3)
        #expect(problem(&model, handed(1, tag: 1, to: 3, turn: 2)) == "comes behind 2")
        #expect(problem(&model, handed(2, tag: 2, attempt: 2, turn: 2)) == nil)
    }

    @Test func `a receipt that is not known, or not any more`() {
        var model = model(2)
        let receipt = WriteReceipt(consumer: 1, key: Array("#1".utf8), outcome: "done", lifetime: 1_000)
        #expect(model.write(receipt, on: 2) == "OK")
        #expect(problem(&model, handed(2, tag: 1, receipt: "done")) == "has the receipt done")
        #expect(problem(&model, handed(1, tag: 1)) == "has the receipt nil")
        _ = model.pass(to: model.now + 999)
        #expect(problem(&model, handed(1, tag: 1, receipt: "done")) == nil)
        #expect(model.settle(settle(.release, 1), on: 2) == "OK 1")
        _ = model.pass(to: model.now + 1)
        #expect(problem(&model, handed(1, tag: 2, attempt: 2, receipt: "done")) == "has the receipt done")
    }

    // MARK: - Consumers

    @Test func `one message more than the window allows, as it is and as it was changed`() {
        var model = model(6)
        for offset in UInt64(1)...4 { #expect(problem(&model, handed(offset, tag: offset)) == nil) }
        var other = model
        #expect(problem(&other, handed(5, tag: 5)) == "exceeds the window of 4")
        #expect(model.setWindow(3, of: 1, on: 2) == "OK")
        #expect(model.settle(settle(.ack, 1), on: 2) == "OK 1")
        other = model
        #expect(problem(&other, handed(5, tag: 5)) == "exceeds the window of 3")
        #expect(model.settle(settle(.ack, 2), on: 2) == "OK 1")
        #expect(problem(&model, handed(5, tag: 5)) == nil)
    }

    @Test func `a message for a connection that has not taken what it got`() {
        var model = model(4) { $0.deliveryBytes = 100 }
        #expect(problem(&model, handed(1, tag: 1)) == nil)
        #expect(model.blocked == [])
        #expect(problem(&model, handed(2, tag: 2)) == nil)
        #expect(model.blocked == [2])
        #expect(problem(&model, handed(3, tag: 3)) == "comes although 134 bytes have not been taken")
        model.drained(2)
        #expect(problem(&model, handed(3, tag: 3)) == nil)
    }

    @Test func `a message for a consumer that has left, is only kept or whose broker died`() {
        for end in ["unsubscribe", "lose", "delete", "crash"] {
            var model = model(1)
            _ = model.subscribe(Self.sub(2, grace: 10_000), on: 2)
            switch end {
            case "unsubscribe": #expect(model.unsubscribe(2, on: 2) == "OK")
            case "lose": model.disconnect(2)
            case "delete": #expect(model.deleteSubscription("orders", "billing") == "OK")
            default: model.crash()
            }
            let problem = model.deliver(handed(1, tag: 1, consumer: 2))
            #expect(problem?.hasSuffix("is for a consumer that is not attached") == true, "\(end)")
        }
    }
}
