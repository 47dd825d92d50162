// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

struct TransactionTests {
    private func broker() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.send(1, .sub(1, "orders", "billing", window: 10))
        try harness.publish(2, "orders", "one", "two", id: "")
        _ = (harness.heard(1), harness.heard(2), harness.got(1))
        return harness
    }

    private static func set(_ key: String, _ value: String, _ expected: RecordVersion) -> Command {
        .set(
            SetRecord(space: "s", key: Array(key.utf8), expected: expected, lifetime: nil, value: Array(value.utf8)))
    }

    private static func get(_ key: String) -> Command { .get(space: "s", key: Array(key.utf8)) }

    @Test func `a commit is one commit of the store, and its publishes are seen behind it`() throws {
        let harness = try broker()
        let commits = harness.store.commits
        try harness.send(1) { commands in
            commands.add(.begin(id: Array("t".utf8), refusal: nil))
            commands.publish("orders", "three")
            commands.ack(consumer: 1, first: 1, last: 1)
            commands.add(Self.set("k", "v", .exactly(0)))
            commands.add(.commit)
        }
        #expect(harness.store.commits == commits + 1)
        #expect(harness.heard(1) == ["OK", "QUEUED", "QUEUED", "QUEUED", "OK 3 offsets=[3]"])
        #expect(harness.got(1).map(\.offset) == [3])
        try harness.send(1, .outcome(id: Array("t".utf8)), Self.get("k"))
        #expect(harness.heard(1) == ["OK committed", "DATA 1 v"])
    }

    @Test func `nothing is done before the commit, however many steps it takes to get there`() throws {
        let harness = try broker()
        try harness.send(1, .begin(id: nil, refusal: nil))
        try harness.send(1, Self.set("k", "v", .any))
        try harness.send(1) { $0.publish("orders", "three") }
        #expect(harness.heard(1) == ["OK", "QUEUED", "QUEUED"])
        #expect(harness.got(1) == [])
        try harness.send(2, Self.get("k"))
        #expect(harness.heard(2) == ["NIL"])
        try harness.disconnect(1)
        try harness.connect(3)
        try harness.send(3, Self.get("k"), .peek(topic: "orders", offset: 1, limit: 10))
        #expect(harness.heard(3) == ["NIL", "DATA 1,2"])
    }

    @Test func `what stands in the way of one command undoes all`() throws {
        let harness = try broker()
        let before = harness.store.commits
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.publish("new", "x")
            commands.ack(consumer: 1, first: 1, last: 2)
            commands.add(Self.set("k", "v", .exactly(4)))
            commands.add(.commit)
        }
        #expect(harness.heard(1).last == "ERR tx 3:version")
        #expect(harness.store.commits == before)
        #expect(try harness.info("orders", "billing").inFlight == 2)
        try harness.send(1) { $0.ack(consumer: 1, first: 1, last: 2) }
        #expect(harness.heard(1) == ["OK 2"])
    }

    @Test func `a lease that ran out fails the commit`() throws {
        let harness = try broker()
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.ack(consumer: 1, first: 1, last: 1)
        }
        try harness.pass(9_999)
        try harness.pass(20_001)
        try harness.send(1, .commit)
        #expect(harness.heard(1).last == "ERR tx 0:timeout")
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.ack(consumer: 1, first: 1, last: 1)
            commands.add(.commit)
        }
        #expect(harness.heard(1).last == "ERR tx 1:lease-lost")
    }

    @Test func `one tag cannot be settled twice in a transaction`() throws {
        let harness = try broker()
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.ack(consumer: 1, first: 1, last: 2)
            commands.add(.settle(.nack, 2...2))
            commands.add(.commit)
        }
        #expect(harness.heard(1).last == "ERR tx 2:lease-lost")
        #expect(try harness.info("orders", "billing").inFlight == 2)
    }

    @Test func `versions are foreseen along a transaction`() throws {
        let harness = try broker()
        func key(_ text: String) -> [UInt8] { Array(text.utf8) }
        try harness.send(
            1, .begin(id: nil, refusal: nil), Self.set("k", "a", .exactly(0)), Self.set("k", "b", .exactly(1)),
            .unset(space: "s", key: key("k"), expected: .exactly(2)), Self.set("k", "c", .exactly(0)),
            Self.set("k", "d", .exactly(4)), .commit)
        #expect(harness.heard(1).last == "OK 5")
        try harness.send(1, Self.get("k"))
        #expect(harness.heard(1) == ["DATA 5 d"])
    }

    private static func check(_ key: String, _ version: UInt64) -> Command {
        .check(space: "s", key: Array(key.utf8), version: version)
    }

    @Test(arguments: [
        (1, 0, "OK 3"), (0, 0, "ERR tx 1:version"), (2, 0, "ERR tx 1:version"), (1, 1, "ERR tx 2:version"),
    ])
    func `what was only read is checked at the commit`(known: UInt64, absent: UInt64, answer: String) throws {
        let harness = try broker()
        try harness.send(2, Self.set("known", "x", .any))
        try harness.send(
            1, .begin(id: nil, refusal: nil), Self.check("known", known), Self.check("absent", absent),
            Self.set("k", "v", .any), .commit)
        #expect(harness.heard(1).last == answer)
        try harness.send(1, Self.get("k"))
        #expect(harness.heard(1) == [answer.hasPrefix("OK") ? "DATA 1 v" : "NIL"])
    }

    @Test func `a check sees what the commands before it would have changed, and changes nothing itself`() throws {
        let harness = try broker()
        try harness.send(
            1, .begin(id: nil, refusal: nil), Self.check("k", 0), Self.set("k", "a", .exactly(0)),
            Self.check("k", 1), Self.set("k", "b", .exactly(1)), .commit, Self.get("k"), Self.check("k", 2))
        #expect(harness.heard(1).suffix(3) == ["OK 4", "DATA 2 b", "ERR tx CHECK:"])
    }

    @Test func `ids are foreseen along a transaction`() throws {
        let harness = try broker()
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.publish("new", "x", id: "a")
            commands.publish("new", "x", id: "a")
            commands.publish("new", "y", id: "b")
            commands.add(.commit)
        }
        #expect(harness.heard(1).last == "OK 3 offsets=[1, 1, 2] dups=[2]")
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.publish("newer", "x", id: "a")
            commands.publish("newer", "y", id: "a")
            commands.add(.commit)
        }
        #expect(harness.heard(1).last == "ERR tx 2:id-conflict")
    }

    @Test func `room in a topic is counted over the transaction`() throws {
        let harness = try broker()
        var choice = TopicOptions()
        choice.retention = .work
        choice.maxMessages = 2
        try harness.send(1, .createTopic(name: "jobs", options: choice))
        func commit(_ count: Int) throws -> String? {
            try harness.send(1) { commands in
                commands.add(.begin(id: nil, refusal: nil))
                for _ in 0..<count { commands.publish("jobs", "x") }
                commands.add(.commit)
            }
            return harness.heard(1).last
        }
        #expect(try commit(3) == "ERR tx 3:full")
        #expect(try commit(2) == "OK 2 offsets=[1, 2]")
        #expect(try commit(1) == "ERR tx 1:full")
    }

    @Test func `an ack goes through in a full store, and what takes room does not`() throws {
        let harness = try broker()
        harness.store.isFull = true
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.ack(consumer: 1, first: 1, last: 1)
            commands.add(.commit)
            commands.add(.begin(id: nil, refusal: nil))
            commands.ack(consumer: 1, first: 2, last: 2)
            commands.add(Self.set("k", "v", .any))
            commands.add(.commit)
        }
        #expect(harness.heard(1).filter { $0 != "QUEUED" } == ["OK", "OK 1", "OK", "ERR tx 2:full"])
    }

    @Test func `all open transactions together have a limit`() throws {
        var configuration = BrokerConfiguration()
        configuration.transactionsBytes = 100
        let harness = try BrokerHarness(configuration)
        for connection in UInt64(1)...2 { try harness.connect(connection) }
        let body = String(repeating: "x", count: 60)
        for connection in UInt64(1)...2 {
            try harness.send(connection) { commands in
                commands.add(.begin(id: nil, refusal: nil))
                commands.publish("orders", body)
            }
        }
        #expect(harness.heard(1) == ["OK", "QUEUED"])
        #expect(harness.heard(2) == ["OK", "ERR busy"])
        try harness.disconnect(1)
        try harness.send(2, .commit, .begin(id: nil, refusal: nil))
        try harness.send(2) { $0.publish("orders", body) }
        #expect(harness.heard(2) == ["ERR tx 1:busy", "OK", "QUEUED"])
    }

    @Test func `what is committed is whole or absent behind a crash, and its outcome tells which`() throws {
        let harness = try broker()
        func commit(_ id: String) -> Input {
            harness.input(1) { commands in
                commands.add(.begin(id: Array(id.utf8), refusal: nil))
                commands.publish("new", id)
                commands.add(Self.set(id, id, .exactly(0)))
                commands.add(.commit)
            }
        }
        try harness.run([commit("a")])
        try harness.step([commit("b")])
        #expect(harness.heard(1).filter { $0.hasPrefix("OK 2") } == ["OK 2 offsets=[1]"])
        try harness.crash()
        try harness.connect(1)
        try harness.send(
            1, .outcome(id: [97]), .outcome(id: [98]), Self.get("a"), Self.get("b"),
            .peek(topic: "new", offset: 1, limit: 9))
        #expect(harness.heard(1) == ["OK committed", "OK unknown", "DATA 1 a", "NIL", "DATA 1"])
    }

    @Test func `the tags of a settle count against what a transaction may hold`() throws {
        var configuration = BrokerConfiguration()
        configuration.transactionBytes = 64 + 16 * 3
        let harness = try BrokerHarness(configuration)
        try harness.connect(1)
        func settle(_ tags: Int) -> Command {
            let tags = (1...tags).map { UInt64(2 * $0)...UInt64(2 * $0) }
            return .settle(Settle(verb: .ack, consumer: 1, tags: tags))
        }
        try harness.send(1, .begin(id: nil, refusal: nil), settle(3), .abort)
        try harness.send(1, .begin(id: nil, refusal: nil), settle(4), .abort)
        #expect(harness.heard(1) == ["OK", "QUEUED", "OK", "OK", "ERR limit", "OK"])
    }

    @Test func `a transaction that cannot be committed any more leaves its id to others`() throws {
        let harness = try broker()
        let begin = Command.begin(id: Array("t".utf8), refusal: nil)
        try harness.send(1, begin)
        try harness.send(2, begin, .abort)
        #expect(harness.heard(2) == ["ERR conflict", "OK"])
        try harness.pass(10_000)
        try harness.send(2, begin, Self.set("k", "v", .any), .commit)
        #expect(harness.heard(2) == ["OK", "QUEUED", "OK 1"])
        try harness.send(1, .commit, .outcome(id: Array("t".utf8)))
        #expect(harness.heard(1) == ["OK", "ERR tx 0:timeout", "OK committed"])
    }

    @Test func `a list shows each record once, changed in its own step or removed there`() throws {
        let harness = try broker()
        try harness.send(1, Self.set("a", "1", .any), Self.set("b", "1", .any), Self.set("c", "1", .any))
        func list(_ limit: Int, after: String = "") -> Command {
            .list(ListRecords(space: "s", prefix: [], after: Array(after.utf8), limit: limit))
        }
        _ = harness.heard(1)
        try harness.send(
            1, Self.set("a", "2", .any), .unset(space: "s", key: [98], expected: .any), Self.set("d", "1", .any),
            list(9), list(2), list(2, after: "c"))
        #expect(harness.heard(1).suffix(3) == ["DATA a@2,c@1,d@1", "DATA a@2,c@1", "DATA d@1"])
    }

    @Test func `a batch weighs its records and values, and what its commit releases`() throws {
        let harness = try broker()
        func weight(_ gather: (inout CommandGatherer) -> Void) -> Int {
            guard case .commands(let batch) = harness.input(1, gather) else { return -1 }
            return harness.broker.bytes(of: batch)
        }
        let record = weight { $0.publish("orders", "three") }
        #expect(record > 5)
        #expect(weight { $0.add(Self.set("k", "value", .any)) } == 5)
        try harness.send(1) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            commands.publish("orders", "three")
        }
        #expect(weight { $0.add(.ping) } == 0)
        #expect(weight { $0.add(.commit) } == record)
        #expect(
            weight { commands in
                commands.publish("orders", "three")
                commands.add(.commit)
            } == 2 * record)
        try harness.send(1, .commit)
        #expect(weight { $0.add(.commit) } == 0)
    }
}
