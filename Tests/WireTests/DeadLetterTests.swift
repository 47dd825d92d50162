// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

@Suite("Dead letters") struct DeadLetterTests {
    private static let names = [
        "Reason", "Topic", "Offset", "Subscription", "Key", "Id", "Published-At", "First-Delivered-At", "At",
        "Deliveries", "Failures", "Consumer", "Code", "Note", "Attempts", "Redrives",
    ]

    /// The headers of a message by name.
    private func headers(_ text: String) -> [String: String] {
        text.split(separator: "\n").reduce(into: [:]) { headers, line in
            let parts = line.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
            headers[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
    }

    @Test func `a message that failed too often is a dead letter with all headers`() async throws {
        let clock = ManualClock(wall: 10_000)
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=2", is: "OK created lease=30s")
            let own = "content-type: text/plain\n"
            try client.check(
                "PUB a 5 id=i-1 key=k-1 process=p-1 cause=c-1 hdr=\(own.utf8.count)", own + "hello", is: "OK 1")
            try client.checkMessage(offset: 1)
            clock.advance(by: 1_000)
            try client.check("NACK 1 1 code=e1 note=first delay=0ms", is: "OK 1")
            try client.checkMessage(offset: 1, attempt: 2)
            clock.advance(by: 500)
            try client.check("NACK 1 2 code=e2 note=say%20%22no%22", is: "OK 1")
            try client.checkQuiet()

            let peeked = try #require(try client.objects("PEEK $dead.a.s 1").first)
            let headers = try #require(peeked["headers"] as? [String: String])
            #expect(Set(headers.keys) == Set(Self.names.map { "Martlet-Dead-\($0)" } + ["content-type"]))
            let expected = [
                "Reason": "max-failures", "Topic": "a", "Offset": "1", "Subscription": "s", "Key": "k-1", "Id": "i-1",
                "Published-At": "10000", "First-Delivered-At": "10000", "At": "11500", "Deliveries": "2",
                "Failures": "2", "Consumer": "test/1", "Code": "e2", "Note": "say \"no\"", "Redrives": "0",
            ]
            for (name, value) in expected { #expect(headers["Martlet-Dead-\(name)"] == value, "\(name)") }
            #expect(headers["content-type"] == "text/plain")
            let text = try #require(headers["Martlet-Dead-Attempts"])
            let attempts = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            #expect(attempts.map { $0["outcome"] as? String } == ["nack", "nack"])
            #expect(attempts.map { $0["code"] as? String } == ["e1", "e2"])
            #expect(attempts.map { $0["ms"] as? Int } == [1_000, 500])
            #expect(peeked["body"] as? String == "hello")
            #expect(peeked["id"] as? String == "i-1")

            let info = try client.object("INFO subscription a s")
            #expect(info["dead"] as? Int == 1)
            #expect(info["backlog"] as? Int == 0)
            #expect(info["deferred"] as? Int == 0)
        }
    }

    @Test func `dead letters are consumed like any topic`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=1", is: "OK created lease=30s")
            try client.check("PUB a 5 id=i-1 key=k-1 process=p-1 cause=c-1", "hello", is: "OK 1")
            try client.checkMessage(offset: 1)
            try client.check("NACK 1 1 code=e note=n", is: "OK 1")
            let other = try WireClient(port)
            try other.check("SUB 5 $dead.a.s desk from=earliest", is: "OK created lease=30s")
            let letter = try other.checkMessage(offset: 1, body: "hello")
            #expect(letter.option("id") == "i-1")
            #expect(letter.option("key") == "k-1")
            #expect(letter.option("process") == "p-1")
            #expect(letter.option("cause") == "c-1")
            let headers = headers(letter.headers)
            #expect(Set(headers.keys) == Set(Self.names.map { "Martlet-Dead-\($0)" }))
            #expect(headers["Martlet-Dead-Failures"] == "1")
            try other.check("ACK 5 1", is: "OK 1")
            #expect(try other.object("INFO subscription $dead.a.s desk")["backlog"] as? Int == 0)
        }
    }

    @Test func `a consumer of dead letters is told of a new one at once`() async throws {
        try await wire { port in
            let (client, desk) = (try WireClient(port), try WireClient(port))
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one", "two")
            try client.checkMessage(offset: 1)
            try client.checkMessage(offset: 2)
            try client.check("REJECT 1 1", is: "OK 1")
            try desk.check("SUB 1 $dead.a.s desk from=new", is: "OK created lease=30s")
            try client.check("REJECT 1 2", is: "OK 1")
            try desk.checkMessage(offset: 2, body: "two")
        }
    }

    @Test func `one may wait for dead letters before there are any`() async throws {
        try await wire { port in
            let (client, desk) = (try WireClient(port), try WireClient(port))
            try desk.check("SUB 1 $dead.a.s desk from=new", is: "OK created lease=30s")
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 1 1", is: "OK 1")
            try desk.checkMessage(offset: 1, body: "one")
            let month = 30 * 86_400_000
            #expect(try client.object("INFO topic $dead.a.s")["maxAge"] as? Int == month)
        }
    }

    @Test func `a rejected message is dead at once`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=10", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("REJECT 1 1-2 code=bad-card note=refused", is: "OK 2")
            try client.checkQuiet()
            let letters = try client.objects("PEEK $dead.a.s 1 limit=10")
            #expect(letters.map { $0["body"] as? String } == ["one", "two"])
            let headers = try #require(letters[0]["headers"] as? [String: String])
            #expect(headers["Martlet-Dead-Reason"] == "rejected")
            #expect(headers["Martlet-Dead-Code"] == "bad-card")
            #expect(headers["Martlet-Dead-Note"] == "refused")
            #expect(headers["Martlet-Dead-Failures"] == "1")
            #expect(headers["Martlet-Dead-Key"] == nil)
            #expect(try client.object("INFO subscription a s")["inFlight"] as? Int == 1)
        }
    }

    @Test func `the other subscriptions go on with the message`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SUB 2 a t from=new", is: "OK created lease=30s")
            try client.publish("a", "one")
            _ = try (client.message(), client.message())
            try client.check("REJECT 1 1", is: "OK 1")
            #expect(try client.object("INFO subscription a t")["inFlight"] as? Int == 1)
            try client.check("NACK 2 1 delay=0ms", is: "OK 1")
            #expect(try client.message().consumer == 2)
        }
    }

    @Test func `a dead letter never makes a dead letter`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("SUB 2 $dead.a.s desk from=earliest max-failures=1 backoff=0s", is: "OK created lease=30s")
            for attempt in 1...4 {
                let letter = try client.checkMessage(offset: 1, attempt: UInt64(attempt))
                try client.check("\(attempt % 2 == 0 ? "NACK" : "REJECT") 2 \(letter.tag ?? 0)", is: "OK 1")
            }
            try client.check("INFO topic $dead.$dead.a.s.desk", fails: "bad-name")
            let topics = try client.objects("INFO topics").compactMap { $0["name"] as? String }
            #expect(topics.sorted() == ["$dead.a.s", "$sys.message.dead", "a"])
        }
    }

    @Test func `the last ten attempts are kept`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new max-failures=12 backoff=0s", is: "OK created lease=30s")
            try client.publish("a", "one")
            for attempt in 1...12 {
                try client.checkMessage(offset: 1, attempt: UInt64(attempt))
                try client.check("NACK 1 \(attempt) code=c\(attempt)", is: "OK 1")
            }
            let letter = try #require(try client.objects("PEEK $dead.a.s 1").first)
            let headers = try #require(letter["headers"] as? [String: String])
            let text = try #require(headers["Martlet-Dead-Attempts"])
            let attempts = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            #expect(attempts.map { $0["code"] as? String } == (3...12).map { "c\($0)" })
            #expect(headers["Martlet-Dead-Failures"] == "12")
        }
    }

    @Test func `names at their limit have dead letters too`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let (topic, name) = (String(repeating: "t", count: 200), String(repeating: "s", count: 100))
            try client.check("SUB 1 \(topic) \(name) from=new", is: "OK created lease=30s")
            try client.publish(topic, "one")
            try client.checkMessage(offset: 1)
            try client.check("REJECT 1 1", is: "OK 1")
            try client.check("SUB 2 $dead.\(topic).\(name) desk from=earliest", is: "OK created lease=30s")
            try client.checkMessage(offset: 1, body: "one")
        }
    }
}
