// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// Transactions about what takes room: what cannot be is refused as a whole, and nothing of it ends the broker.
struct FullTransactionTests {
    private static let mebibyte = 1 << 20

    private func later(_ topic: String, _ id: String = "", body: String = "x", size: Int = 1) -> Command {
        var request = TimedPublish(topic: topic, schedule: .delay(3_600_000))
        request.id = Array(id.utf8)
        request.body = [UInt8](repeating: body.utf8.first ?? 0, count: size)
        return .publish(request)
    }

    private func move(_ id: String, _ delay: Int) -> Command {
        .reschedule(topic: "orders", id: Array(id.utf8), to: .delay(delay))
    }

    private func set(_ size: Int) -> Command {
        .set(SetRecord(space: "s", key: [1], expected: .any, value: [UInt8](repeating: 1, count: size)))
    }

    /// What a commit of these is answered.
    private func commit(_ commands: Command..., in harness: BrokerHarness) throws -> String? {
        try harness.send(1) { gatherer in
            gatherer.add(.begin(id: nil, refusal: nil))
            for command in commands { gatherer.add(command) }
            gatherer.add(.commit)
        }
        return harness.heard(1).last
    }

    @Test func `what a full topic cannot take is not made visible`() throws {
        for limit in ["max-messages", "max-bytes"] {
            var topic = TopicOptions()
            if limit == "max-messages" { topic.maxMessages = 1 } else { topic.maxBytes = 200 }
            let harness = try BrokerHarness.account(topic: topic)
            try harness.send(1, later("orders", "x", size: 100))
            #expect(try harness.put(String(repeating: "y", count: 100)) == "OK 1")
            #expect(try commit(move("x", 0), in: harness) == "ERR tx 1:full")
            #expect(try commit(move("x", 7_200_000), in: harness) == "OK 1")
            #expect(try harness.why(id: "x").map(\.verdict) == [.scheduled])
        }
    }

    @Test func `two that rest have two ids, whatever the topic remembers`() throws {
        var topic = TopicOptions()
        topic.dedupWindow = 0
        let harness = try BrokerHarness.account(topic: topic)
        #expect(
            try commit(later("orders", "x", body: "a"), later("orders", "x", body: "b"), in: harness)
                == "ERR tx 2:id-conflict")
        #expect(try harness.why(id: "x").map(\.verdict) == [.notFound])
        #expect(
            try commit(later("orders", "x", body: "a"), later("orders", "x", body: "a"), in: harness)
                == "OK 2 offsets=[0, 0] dups=[2]")
    }

    @Test func `one that becomes visible is not there to be moved again`() throws {
        let harness = try BrokerHarness.account()
        try harness.send(1, later("orders", "x"))
        #expect(try commit(move("x", 0), move("x", 7_200_000), in: harness) == "ERR tx 2:unknown-message")
        #expect(try commit(move("x", 7_200_000), move("x", 0), in: harness) == "OK 2")
        #expect(try harness.bodies("orders") == ["x"])
        #expect(
            try commit(later("orders", "y"), move("y", 0), move("y", 1_000), in: harness)
                == "ERR tx 3:unknown-message")
    }

    @Test func `an id that is cancelled is free, and one that became visible is not`() throws {
        let harness = try BrokerHarness.account()
        let cancel = Command.cancel(topic: "orders", id: Array("x".utf8))
        #expect(
            try commit(later("orders", "x"), cancel, later("orders", "x", body: "b"), in: harness)
                == "OK 3 offsets=[0, 0]")
        #expect(try commit(move("x", 0), cancel, in: harness) == "ERR tx 2:unknown-message")
        #expect(try commit(move("x", 0), later("orders", "x", body: "c"), in: harness) == "ERR tx 2:id-conflict")
        #expect(
            try commit(move("x", 0), later("orders", "x", body: "b"), in: harness) == "OK 2 offsets=[1] dups=[2]")
        #expect(try harness.bodies("orders") == ["b"])
    }

    @Test func `what is taken uses the room up for those behind it`() throws {
        let size = Self.mebibyte
        let wanted: [[Command]] = [
            [later("orders", size: size), later("invoices", size: size)],
            [later("invoices", size: size), later("letters", size: size)],
            [set(1 << 16), later("invoices")],
            [set(1 << 16), .expect(Expect(process: [1], topic: "invoices", within: 1_000))],
            [set(1 << 16), set(1 << 16)],
        ]
        for commands in wanted {
            let harness = try BrokerHarness.account()
            harness.store.left = commands.first == set(1 << 16) ? 1 << 10 : size / 2 * 3
            try harness.send(1) { gatherer in
                gatherer.add(.begin(id: nil, refusal: nil))
                for command in commands { gatherer.add(command) }
                gatherer.add(.commit)
            }
            // All of it is checked against what is left now, and its size is bounded.
            #expect(harness.heard(1).last?.hasPrefix("OK 2") == true)
            harness.store.left = nil
            try harness.pass(3_600_000)
            #expect(try harness.ask([.info(.broker)]).count == 1)
        }
    }

    @Test func `topics are made although the first of them uses the room up`() throws {
        let harness = try BrokerHarness.account()
        harness.store.left = 1 << 14
        let body = String(repeating: "z", count: 1 << 15)
        try harness.send(1) { gatherer in
            gatherer.add(.begin(id: nil, refusal: nil))
            gatherer.publish("first", body)
            gatherer.publish("second", body)
            gatherer.add(.commit)
        }
        #expect(harness.heard(1).last?.hasPrefix("OK 2") == true)
        harness.store.isFull = true
        try harness.send(1) { gatherer in
            gatherer.add(.begin(id: nil, refusal: nil))
            gatherer.publish("third", body)
            gatherer.add(.commit)
        }
        #expect(harness.heard(1).last == "ERR tx 1:full")
        #expect(try harness.bodies("second") == [body])
    }
}
