// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

struct DeadLetterTests {
    private func harness(maxFailures: Int = 2) throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.send(
            1,
            .sub {
                $0.maxFailures = maxFailures
                $0.backoff = [1_000]
            })
        try harness.publish(1, "orders", "a", key: "k", id: "o-1")
        _ = harness.heard(1)
        return harness
    }

    private func letter(_ harness: BrokerHarness) throws -> [String: String] {
        let topics = harness.store.contents.topics.values
        let topic = try #require(topics.first { $0.name == "$dead.orders.billing" })
        let segment = try #require(harness.store.contents.log[topic.id]?.first)
        var cursor = SegmentCursor(segment)
        let found = cursor.next()
        let message = try #require(found)
        let record = UnsafeRawBufferPointer(rebasing: segment.bytes[message.start..<(message.start + message.size)])
        let fields = try #require(StoredMessage.fields(of: record))
        #expect(fields.body.elementsEqual("a".utf8))
        #expect(fields.key.elementsEqual("k".utf8))
        var headers: [String: String] = [:]
        for line in String(decoding: fields.headers, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[String(parts[0].dropFirst("Martlet-Dead-".count))] = String(parts[1].dropFirst())
        }
        return headers
    }

    @Test func `failures are backed off with jitter, and the last one is a dead letter`() throws {
        let harness = try harness()
        let published = harness.now.wall
        try harness.pass(10)
        try harness.send(1, .settle(.nack, 1...1, code: "timeout", note: "model"))
        try harness.pass(799)
        #expect(harness.got(1).map(\.attempt) == [1])
        try harness.pass(401)
        #expect(harness.got(1).map(\.attempt) == [2])
        try harness.send(1, .settle(.nack, 2...2, code: "again"))
        let info = try harness.info("orders", "billing")
        #expect(info.dead == 1)
        #expect(info.backlog == 0)
        #expect(info.deferred == 0)
        let headers = try letter(harness)
        #expect(headers["Reason"] == "max-failures")
        #expect(headers["Topic"] == "orders")
        #expect(headers["Offset"] == "1")
        #expect(headers["Subscription"] == "billing")
        #expect(headers["Key"] == "k")
        #expect(headers["Id"] == "o-1")
        #expect(headers["Published-At"] == "\(published)")
        #expect(headers["First-Delivered-At"] == "\(published)")
        #expect(headers["At"] == "\(harness.now.wall)")
        #expect(headers["Deliveries"] == "2")
        #expect(headers["Failures"] == "2")
        #expect(headers["Consumer"] == "client-1/1")
        #expect(headers["Code"] == "again")
        #expect(headers["Note"] == "model")
        #expect(headers["Redrives"] == "0")
        #expect(headers["Attempts"]?.contains(#""outcome":"nack","code":"timeout","ms":10"#) == true)
    }

    @Test func `a reject is a dead letter at once`() throws {
        let harness = try harness(maxFailures: 5)
        try harness.send(1, .settle(.reject, 1...1, code: "bad"))
        #expect(try letter(harness)["Reason"] == "rejected")
        #expect(try harness.info("orders", "billing").backlog == 0)
    }

    @Test func `a timeout counts like a nack`() throws {
        let harness = try harness(maxFailures: 1)
        try harness.pass(30_000)
        #expect(try letter(harness)["Reason"] == "max-failures")
    }

    @Test func `the copy and the settle are one commit`() throws {
        let harness = try harness(maxFailures: 1)
        let commits = harness.store.commits
        try harness.step([harness.input(1) { $0.add(.settle(.nack, 1...1)) }])
        #expect(harness.store.commits == commits + 1)
        try harness.crash()
        #expect(harness.store.contents.topics.count == 1)
        #expect(try harness.info("orders", "billing").backlog == 1)
    }

    @Test func `a dead letter that fails never makes another`() throws {
        let harness = try harness(maxFailures: 1)
        try harness.send(1, .settle(.reject, 1...1))
        try harness.connect(2)
        try harness.send(2, .sub(1, "$dead.orders.billing", "people") { $0.maxFailures = 1 })
        #expect(harness.got(2).map(\.attempt) == [1])
        try harness.send(2, .settle(.reject, 1...1))
        try harness.pass(6_000)
        #expect(harness.got(2).map(\.attempt) == [2])
        #expect(harness.store.contents.topics.values.filter { $0.name.hasPrefix("$dead.") }.count == 1)
    }

    @Test func `a full store takes no copies and tries again`() throws {
        let harness = try harness(maxFailures: 1)
        harness.store.isFull = true
        try harness.send(1, .settle(.nack, 1...1))
        #expect(harness.heard(1) == ["OK 1"])
        #expect(try harness.info("orders", "billing").deferred == 1)
        harness.store.isFull = false
        try harness.pass(1_200)
        try harness.send(1, .settle(.nack, 2...2))
        #expect(try harness.info("orders", "billing").dead == 1)
    }

    @Test func `the counters and the history survive a restart`() throws {
        let harness = try harness(maxFailures: 3)
        try harness.send(1, .settle(.nack, 1...1, code: "one"))
        try harness.pass(1_200)
        try harness.send(1, .settle(.nack, 2...2, code: "two"))
        try harness.crash()
        try harness.connect(2)
        try harness.send(2, .sub())
        #expect(harness.got(2).isEmpty)
        try harness.pass(1_200)
        #expect(harness.got(2).map(\.attempt) == [3])
        try harness.send(2, .settle(.nack, 1...1, code: "three"))
        let headers = try letter(harness)
        #expect(headers["Failures"] == "3")
        #expect(headers["Attempts"]?.contains("one") == true)
        #expect(headers["Attempts"]?.contains("three") == true)
    }

    @Test func `only the last 10 attempts are kept`() throws {
        let harness = try harness(maxFailures: 12)
        for tag in UInt64(1)...12 {
            try harness.send(1, .settle(.nack, tag...tag, delay: 0, code: "c\(tag)."))
            try harness.pass(1)
        }
        let attempts = try #require(try letter(harness)["Attempts"])
        #expect(!attempts.contains("c2."))
        #expect(attempts.contains("c3."))
        #expect(attempts.contains("c12."))
    }
}
