// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

/// What clients knew at any moment is read from what went in and out of the broker.
struct TraceHistoryTests {
    private let setting = Checker.Setting(subscriptions: [SubscriptionName(topic: "orders", name: "one")])
    private let identity = MessageIdentity(publisher: 3, sequence: 1)

    private func accepted(_ connection: Int, port: Int) -> Trace.Entry {
        Trace.Entry(kind: .accepted, object: connection, begin: 1, end: 2, detail: port)
    }

    private func bytes(_ kind: Trace.Kind, _ time: UInt64, _ bytes: [UInt8], _ connection: Int = 1) -> Trace.Entry {
        Trace.Entry(
            kind: kind, object: connection, begin: time, end: time, result: bytes.count, bytes: bytes[...])
    }

    private func text(_ kind: Trace.Kind, _ time: UInt64, _ text: String, _ connection: Int = 1) -> Trace.Entry {
        bytes(kind, time, Array(text.utf8), connection)
    }

    private func names(_ history: TraceHistory, until time: UInt64) -> [String] {
        history.events(until: time).map { event in
            switch event {
            case .sent(let identity, let topic): "sent \(identity) to \(topic)"
            case .confirmed(let identity, let offset): "confirmed \(identity) at \(offset)"
            case .refused(let identity): "refused \(identity)"
            case .delivered(let it): "delivered \(it.identity.map(\.description) ?? "damage") at \(it.offset)"
            case .settling(let settlement, _, let identity): "\(settlement) of \(identity)"
            case .settled(let settlement, _, let identity): "\(settlement) of \(identity) confirmed"
            case .ended: "ended"
            case .counted, .countedDead: "counted"
            }
        }
    }

    private func publish(_ topic: String = "orders") -> [UInt8] {
        let body = MessageBody.make(identity, size: 60)
        return Array("PUB \(topic) 60 id=\(identity)\n".utf8) + body + [10]
    }

    @Test func `a publish counts when all of it was read, and its confirm when all of it has left`() throws {
        let command = publish()
        let trace = Trace([
            accepted(1, port: 7), text(.received, 3, "HELLO 1\n"), text(.sent, 4, "OK 1 martlet/1\r\n"),
            bytes(.received, 5, Array(command[..<40])), bytes(.received, 6, Array(command[40...])),
            text(.sent, 8, "OK "), text(.sent, 9, "12 subs=0\r\n"),
        ])
        let history = try TraceHistory(trace, setting)
        #expect(names(history, until: 5) == [])
        #expect(names(history, until: 8) == ["sent 3-1 to orders"])
        #expect(names(history, until: 9) == ["sent 3-1 to orders", "confirmed 3-1 at 12"])
        #expect(history.replies[7] == [4, 9])
        #expect(history.confirmations == [4, 9])
    }

    @Test func `settles are told by the tags of their deliveries, and count only if no lease was lost`() throws {
        let body = MessageBody.make(identity, size: 60)
        let message = Array("MSG 1 1 12 1 60 time=1 id=\(identity)\r\n".utf8) + body + Array("\r\n".utf8)
        let start = [
            accepted(1, port: 7), text(.received, 3, "SUB 1 orders one window=4\n"),
            bytes(.sent, 4, Array("OK lease=1m\r\n".utf8) + message), text(.received, 5, "PONG\nACK 1 1\n"),
        ]
        let kept = try TraceHistory(Trace(start + [text(.sent, 6, "OK 1\r\n")]), setting)
        #expect(names(kept, until: 6) == ["delivered 3-1 at 12", "ack of 3-1", "ack of 3-1 confirmed"])
        let lost = try TraceHistory(Trace(start + [text(.sent, 6, "OK 0 lost=1\r\n")]), setting)
        #expect(names(lost, until: 6) == ["delivered 3-1 at 12", "ack of 3-1"])
    }

    @Test func `other topics are not the load's, and a connection ends once`() throws {
        let end = Trace.Entry(kind: .received, object: 1, begin: 6, end: 6)
        let closed = Trace.Entry(kind: .closed, object: 1, begin: 7, end: 7)
        let trace = Trace([
            accepted(1, port: 7), bytes(.received, 3, publish("churn")), text(.sent, 4, "OK 1\r\n"), end, closed,
        ])
        #expect(names(try TraceHistory(trace, setting), until: 9) == ["ended"])
    }

    @Test func `an answer to nothing is a fault`() {
        let trace = Trace([accepted(1, port: 7), text(.sent, 4, "OK 1\r\n")])
        #expect(throws: ProcessFailure.self) { try TraceHistory(trace, setting) }
    }

    @Test func `a notebook tells what a client knew by the replies that had left`() throws {
        let trace = Trace([
            accepted(1, port: 7), text(.received, 3, "PING\nPING\n"), text(.sent, 5, "PONG\r\n"),
            text(.sent, 8, "PONG\r\n"),
        ])
        let history = try TraceHistory(trace, setting)
        let notebook = Notebook<String>()
        notebook.add("asked", port: 7, replies: 0)
        notebook.add("one", port: 7, replies: 1)
        notebook.add("two", port: 7, replies: 2)
        #expect([4, 5, 7, 8].map { notebook.client(at: $0, history) } == ["asked", "one", "one", "two"])
    }
}
