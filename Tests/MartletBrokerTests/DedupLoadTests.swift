// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// The ids of a topic are read in parts behind a start: only connections that publish with one wait.
struct DedupLoadTests {
    /// A broker that has started on 1,000 ids of one topic, of which each step reads 100.
    private func started(before crash: (BrokerHarness) throws -> Void = { _ in }) throws -> BrokerHarness {
        var configuration = BrokerConfiguration()
        configuration.idsRead = 100
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        for part in 0..<20 {
            try harness.send(1) { commands in
                for number in 1...50 { commands.publish("orders", "x", id: "id-\(50 * part + number)") }
            }
        }
        try crash(harness)
        try harness.crash()
        for connection in UInt64(1)...3 { try harness.connect(connection) }
        return harness
    }

    private func publish(_ harness: BrokerHarness, _ connection: UInt64, id: String, _ body: String = "x") -> Input {
        harness.input(connection) { $0.publish("orders", body, id: id) }
    }

    private func unread(_ harness: BrokerHarness) -> UInt64? { harness.broker.topics["orders"]?.ids?.unread }

    @Test func `the first id after a start is looked up once all are read, a part in each step`() throws {
        let harness = try started()
        try harness.step([publish(harness, 1, id: "id-1000")])
        var places = [unread(harness)]
        while unread(harness) != nil, places.count < 100 {
            #expect(harness.heard(1) == [])
            try harness.step([harness.input(2) { $0.publish("orders", "without an id") }])
            try harness.sync()
            places.append(unread(harness))
            #expect(harness.heard(2) == ["OK \(1_000 + places.count - 1) subs=0"])
        }
        // 100 rows each, and the last step sees that there are no more.
        let expected: [UInt64?] = (1...9).map { 100 * $0 + 1 }
        #expect(places == expected + [nil])
        try harness.run([])
        #expect(harness.heard(1) == ["DUP 1000"])
    }

    @Test func `repeats and what is new are told apart whatever comes while ids are read`() throws {
        let harness = try started()
        try harness.step([publish(harness, 1, id: "id-7"), publish(harness, 2, id: "new")])
        try harness.step([publish(harness, 3, id: "new"), publish(harness, 1, id: "id-8", "another body")])
        try harness.step([publish(harness, 2, id: "id-999"), publish(harness, 1, id: "new")])
        try harness.run([])
        let (first, second) = (harness.heard(1), harness.heard(2))
        #expect(first.prefix(2) == ["DUP 7", "ERR id-conflict"])
        #expect(second.last == "DUP 999")
        // Which of several connections comes first is not promised.
        let new = first.suffix(1) + second.prefix(1) + harness.heard(3)
        #expect(new.sorted() == ["DUP 1001", "DUP 1001", "OK 1001 subs=0"])
    }

    private func delayed(_ id: String, by delay: Int) -> Command {
        var delayed = TimedPublish(topic: "orders")
        (delayed.id, delayed.body, delayed.schedule) = (Array(id.utf8), Array("x".utf8), .delay(delay))
        return .publish(delayed)
    }

    /// Takes steps until all ids are in memory; 100 are in the first.
    private func readAll(_ harness: BrokerHarness) throws {
        var places: [UInt64?] = []
        while unread(harness) != nil {
            #expect(harness.heard(1) == [])
            places.append(unread(harness))
            try harness.step([harness.input(3) { $0.publish("orders", "without an id") }])
            try harness.sync()
            #expect(harness.heard(3) == ["OK \(1_000 + places.count) subs=0"])
            try #require(places.count < 100)
        }
        #expect(places == (1...9).map { 100 * $0 + 1 })
        try harness.run([])
    }

    @Test func `a delayed message with an id waits until all are read`() throws {
        let harness = try started()
        try harness.step([harness.input(1) { $0.add(delayed("id-5", by: 60_000)) }])
        try readAll(harness)
        #expect(harness.heard(1) == ["DUP 5"])
    }

    @Test func `a commit waits until the ids of its topics are read, and what is said behind it waits too`() throws {
        let harness = try started()
        try harness.step([
            harness.input(1) { commands in
                commands.add(.begin(id: nil, refusal: nil))
                commands.publish("orders", "x", id: "id-900")
                commands.publish("orders", "x", id: "fresh")
                commands.publish("others", "x", id: "fresh")
            }
        ])
        #expect(unread(harness) == nil)
        try harness.run([])
        #expect(harness.heard(1).count == 4)
        try harness.step([harness.input(1) { $0.add(.commit) }])
        try harness.step([harness.input(1) { $0.add(.ping) }])
        #expect(unread(harness) != nil)
        #expect(harness.heard(1) == [])
        try harness.run([])
        #expect(harness.heard(1) == ["OK 3 offsets=[900, 1001, 1] dups=[1]", "PONG"])
    }

    /// Begins a transaction that publishes with an id and acks a delivery, and says `COMMIT`.
    private func commit(_ harness: BrokerHarness, acking tag: UInt64? = nil) throws {
        try harness.step([
            harness.input(1) { commands in
                commands.add(.begin(id: Array("t".utf8), refusal: nil))
                commands.publish("orders", "x", id: "fresh")
                if let tag { commands.ack(consumer: 1, first: tag, last: tag) }
                commands.add(.commit)
            }
        ])
        #expect(unread(harness) != nil)
    }

    @Test func `a client that leaves while its commit waits for ids has committed all the same`() throws {
        let harness = try started()
        try commit(harness)
        try harness.step([.disconnected(ConnectionID(1))])
        try harness.run([])
        try harness.run([harness.input(2) { $0.add(.outcome(id: Array("t".utf8))) }, publish(harness, 3, id: "fresh")])
        #expect(harness.heard(2) == ["OK committed"])
        #expect(harness.heard(3) == ["DUP 1001"])
    }

    @Test func `a broker that is killed while a commit waits for ids has done nothing of it`() throws {
        let harness = try started()
        try commit(harness)
        try harness.crash()
        try harness.connect(2)
        try harness.run([publish(harness, 2, id: "fresh"), harness.input(2) { $0.add(.outcome(id: Array("t".utf8))) }])
        #expect(harness.heard(2) == ["OK 1001 subs=0", "OK unknown"])
    }

    @Test func `a lease that ends while its commit waits for ids was held when it was said`() throws {
        let harness = try started()
        try harness.send(1, .sub(1, "work", "w") { $0.lease = 3_000 })
        try harness.send(2) { $0.publish("work", "a") }
        #expect(harness.got(1).count == 1)
        _ = harness.heard(1)
        try commit(harness, acking: 1)
        harness.now.wall += 4_000
        harness.now.steady += 4_000
        try harness.run([])
        #expect(harness.heard(1).last == "OK 2 offsets=[1001]")
    }

    @Test func `a transaction without ids, or that is given up, reads none`() throws {
        let harness = try started()
        try harness.run([
            harness.input(1) { commands in
                commands.add(.begin(id: nil, refusal: nil))
                commands.publish("orders", "x")
                commands.add(.commit)
                commands.add(.begin(id: nil, refusal: nil))
                commands.publish("orders", "x", id: "id-1")
                commands.add(.abort)
            }
        ])
        #expect(harness.heard(1).contains("OK 1 offsets=[1001]"))
        #expect(harness.broker.topics["orders"]?.ids == nil)
    }

    @Test func `a question for a message by its id waits until all are read`() throws {
        let harness = try started()
        let question = Command.why(topic: "orders", message: .id(Array("id-700".utf8)), subscription: nil)
        try harness.step([harness.input(1) { $0.add(question) }])
        try readAll(harness)
        #expect(harness.heard(1) == ["DATA"])
    }

    @Test func `a message with an id that becomes visible waits until all are read, as do those behind it`() throws {
        let harness = try started { harness in
            try harness.send(1) { commands in
                commands.add(delayed("later", by: 5_000))
                var plain = TimedPublish(topic: "orders")
                (plain.body, plain.schedule) = (Array("x".utf8), .delay(5_001))
                commands.add(.publish(plain))
                (plain.topic, plain.schedule) = ("others", .delay(5_002))
                commands.add(.publish(plain))
            }
        }
        func advance(_ milliseconds: UInt64) {
            harness.now.wall += milliseconds
            harness.now.steady += milliseconds
        }
        func next(_ topic: String) -> UInt64? { harness.broker.topics[topic]?.row.next }
        advance(5_100)
        try harness.step([])
        // Other topics do not wait.
        #expect(next("others") == 2)
        var steps = 1
        while unread(harness) != nil, steps < 100 {
            #expect(next("orders") == 1_001)
            try harness.step([])
            steps += 1
        }
        #expect(steps == 10)
        advance(20)
        try harness.step([])
        #expect(next("orders") == 1_003)
        try harness.run([publish(harness, 1, id: "later"), publish(harness, 1, id: "id-3")])
        #expect(harness.heard(1) == ["DUP 1001", "DUP 3"])
    }

    @Test func `a topic that is deleted or purged while its ids are read knows none of them`() throws {
        for isDeleted in [true, false] {
            let harness = try started()
            try harness.step([publish(harness, 1, id: "id-7")])
            try harness.step([
                harness.input(2) { commands in
                    commands.add(isDeleted ? .deleteTopic(name: "orders") : .purge(topic: "orders", before: nil))
                }
            ])
            try harness.run([publish(harness, 3, id: "id-1000")])
            #expect(harness.heard(1) == ["OK \(isDeleted ? 1 : 1_001) subs=0"])
            #expect(harness.heard(3) == ["OK \(isDeleted ? 2 : 1_002) subs=0"])
        }
    }

    @Test func `a publisher that leaves while ids are read has published all the same`() throws {
        let harness = try started()
        try harness.step([publish(harness, 1, id: "id-7"), publish(harness, 2, id: "new")])
        try harness.step([.disconnected(ConnectionID(1)), .disconnected(ConnectionID(2))])
        try harness.run([publish(harness, 3, id: "new")])
        #expect(harness.heard(3) == ["DUP 1001"])
    }
}
