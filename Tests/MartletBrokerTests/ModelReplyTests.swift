// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// The reference model knows what has to be answered and what may be dropped, at every limit and one past it.
struct ModelReplyTests {
    private func model(_ change: (inout TopicOptions) -> Void = { _ in }) -> ReferenceModel {
        var configuration = BrokerConfiguration()
        configuration.leaseCap = 40_000
        var model = ReferenceModel(configuration, now: 100_000)
        var options = TopicOptions()
        change(&options)
        #expect(model.createTopic("orders", options) == "OK")
        #expect(model.createSubscription("orders", "billing", .earliest, SubscriptionOptions()) == "OK")
        _ = model.connect(2)
        return model
    }

    private func publish(_ model: inout ReferenceModel, _ count: Int) -> [String] {
        model.publish((0..<count).map { Draft(body: "m\($0)") }, to: "orders")
    }

    private func attach(_ model: inout ReferenceModel, holding offsets: ClosedRange<UInt64>) {
        let request = Subscribe(consumer: 1, topic: "orders", subscription: "billing", window: 10)
        #expect(model.subscribe(request, on: 2) == "OK")
        for offset in offsets {
            let got = Got(consumer: 1, tag: offset, offset: offset, attempt: 1, body: "m\(offset - 1)")
            #expect(model.deliver(Handed(turn: 1, connection: 2, got: got, size: 3)) == nil)
        }
    }

    @Test func `a touch reaches no further than the cap, and not what has no lease`() {
        var model = model()
        #expect(publish(&model, 2) == ["OK 1", "OK 2"])
        attach(&model, holding: 1...2)
        let touch = Touch(consumer: 1, tags: [1...3], extend: 40_001)
        #expect(model.touch(touch, on: 2) == "OK 2 until=140000 lost=3")
        #expect(model.pass(to: 139_999) == [:])
        #expect(model.pass(to: 140_000) == [2: [1: [1, 2]]])
        #expect(model.settle(Settle(verb: .ack, consumer: 1, tags: [1...4]), on: 2) == "OK 0 lost=1-2,3-4")
    }

    @Test func `a full store refuses what needs room, and keeps what would die`() {
        var model = model()
        #expect(publish(&model, 1) == ["OK 1"])
        attach(&model, holding: 1...1)
        model.isFull = true
        #expect(publish(&model, 1) == ["ERR full"])
        #expect(model.createTopic("news") == "ERR full")
        #expect(model.createSubscription("orders", "audit", .new, SubscriptionOptions()) == "ERR full")
        let receipt = WriteReceipt(consumer: 1, key: [1], outcome: "done")
        #expect(model.write(receipt, on: 2) == "ERR full")
        #expect(model.settle(Settle(verb: .reject, consumer: 1, tags: [1...1]), on: 2) == "ERR full")
        #expect(model.settle(Settle(verb: .nack, consumer: 1, tags: [1...1]), on: 2) == "OK 1")
        #expect(model.deadLetters == [:])
        #expect(model.topics["orders"]?.subscriptions["billing"]?.backlog(next: 2) == 1)
    }

    @Test func `an id is known for its window and until it is purged`() {
        var model = model { $0.dedupWindow = 1_000 }
        let draft = Draft(body: "a", id: "x")
        let drafts = [draft, draft, Draft(body: "b", id: "x")]
        #expect(model.publish(drafts, to: "orders") == ["OK 1", "DUP 1", "ERR id-conflict"])
        _ = model.pass(to: model.now + 999)
        #expect(model.publish([draft], to: "orders") == ["DUP 1"])
        _ = model.pass(to: model.now + 1)
        #expect(model.publish([draft], to: "orders") == ["OK 2"])
        model.topics["orders"]?.purge(before: 2)
        #expect(model.publish([draft], to: "orders") == ["DUP 2"])
        model.topics["orders"]?.purge(before: nil)
        #expect(model.publish([draft], to: "orders") == ["OK 3"])
    }

    /// What a model of three messages of 4 bytes says to a topic that has dropped some.
    private func audit(
        below first: UInt64, after milliseconds: UInt64 = 0, settled: ClosedRange<UInt64>? = nil,
        _ change: (inout TopicOptions) -> Void
    ) -> String? {
        var model = model(change)
        #expect(publish(&model, 3) == ["OK 1", "OK 2", "OK 3"])
        if let settled {
            attach(&model, holding: 1...3)
            #expect(model.settle(Settle(verb: .ack, consumer: 1, tags: [settled]), on: 2) == "OK \(settled.count)")
        }
        let now = model.now + milliseconds
        return model.topics["orders"]?.audit(first: first, next: 4, bytes: 12, at: now)
    }

    @Test func `limits drop what is past them and nothing more`() {
        #expect(audit(below: 2) { ($0.maxMessages, $0.unsettled) = (2, .drop) } == nil)
        #expect(audit(below: 3) { ($0.maxMessages, $0.unsettled) = (2, .drop) } == "has dropped what lies below 3")
        #expect(audit(below: 2) { ($0.maxBytes, $0.unsettled) = (8, .drop) } == nil)
        #expect(audit(below: 3) { ($0.maxBytes, $0.unsettled) = (8, .drop) } == "has dropped what lies below 3")
        #expect(audit(below: 4, after: 1_001) { ($0.maxAge, $0.unsettled) = (1_000, .drop) } == nil)
        #expect(
            audit(below: 2, after: 1_000) { ($0.maxAge, $0.unsettled) = (1_000, .drop) }
                == "has dropped what lies below 2")
    }

    @Test func `limits that keep what is not settled refuse what is past them`() {
        var model = model { $0.maxMessages = 2 }
        #expect(publish(&model, 3) == ["OK 1", "OK 2", "ERR full"])
        attach(&model, holding: 1...2)
        #expect(model.settle(Settle(verb: .ack, consumer: 1, tags: [2...2]), on: 2) == "OK 1")
        #expect(publish(&model, 2) == ["OK 3", "ERR full"])
        #expect(model.settle(Settle(verb: .ack, consumer: 1, tags: [1...1]), on: 2) == "OK 1")
        #expect(publish(&model, 1) == ["OK 4"])
        #expect(audit(below: 2, after: 1_001) { $0.maxAge = 1_000 } == "has dropped what lies below 2")
        #expect(audit(below: 2, after: 1_001, settled: 1...1) { $0.maxAge = 1_000 } == nil)
        #expect(audit(below: 3, after: 1_001, settled: 1...1) { $0.maxAge = 1_000 } == "has dropped what lies below 3")
    }

    @Test func `interest and work drop what is settled and nothing more`() {
        for retention in [Retention.interest, .work] {
            #expect(audit(below: 3, settled: 1...2) { $0.retention = retention } == nil)
            #expect(audit(below: 3, settled: 2...3) { $0.retention = retention } == "has dropped what lies below 3")
            #expect(audit(below: 4, settled: 1...2) { $0.retention = retention } == "has dropped what lies below 4")
        }
    }

    @Test func `interest refuses one message or byte past its limit`() {
        var model = model {
            $0.retention = .interest
            $0.maxMessages = 2
        }
        #expect(publish(&model, 3) == ["OK 1", "OK 2", "ERR full"])
        model = self.model {
            $0.retention = .interest
            $0.maxBytes = 8
        }
        #expect(publish(&model, 3) == ["OK 1", "OK 2", "ERR full"])
    }

    @Test func `an ephemeral subscription ends five minutes after its last consumer, kept ones included`() {
        var model = model()
        var options = SubscriptionOptions()
        options.ephemeral = true
        let request = Subscribe(
            consumer: 1, topic: "orders", subscription: "temp", grace: 1_000, from: .new, options: options)
        #expect(model.subscribe(request, on: 2) == "OK created")
        _ = model.pass(to: model.now + 1_000_000)
        model.disconnect(2)
        _ = model.pass(to: model.now + 1_000)
        _ = model.pass(to: model.now + 299_999)
        #expect(model.topics["orders"]?.subscriptions["temp"] != nil)
        _ = model.pass(to: model.now + 1)
        #expect(model.topics["orders"]?.subscriptions["temp"] == nil)
    }

    @Test func `a record is there until its time is over, and its version a day longer`() {
        var records = ReferenceRecords()
        #expect(records.set("k", "v", .exactly(0), lifetime: 1_000, at: 0) == "OK 1")
        #expect(records.set("k", "v", .exactly(0), lifetime: nil, at: 999) == "ERR version 1")
        #expect(records.get("k", at: 999) == "DATA 1 v")
        #expect(records.get("k", at: 1_000) == "NIL")
        #expect(records.unset("k", .any, at: 1_000) == "OK 0")
        #expect(records.set("k", "w", .exactly(0), lifetime: 1, at: 1_000) == "OK 2")
        #expect(records.list(at: 1_000) == "DATA k@2")
        records.pass(from: 1_000, to: 86_401_000)
        #expect(records.set("k", "v", .any, lifetime: 0, at: 86_401_000) == "OK 3")
        records.pass(from: 86_401_000, to: 200_000_000)
        #expect(records.set("k", "v", .any, lifetime: nil, at: 200_000_000) == "OK 1")
    }
}
