// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// The kinds of commands that no other client of the script uses: returns of every kind, touches, looks and questions.
struct Errands: Sendable {
    private static let topic = "errands"
    private static let subscription = "e"
    private static let messages = 5

    private struct Counts: Decodable, Equatable {
        var backlog: Int
        var deferred: Int
        var dead: Int
    }

    /// Messages that were confirmed.
    private var published = 0
    /// Whether the nack, the reject and the ack were confirmed, in this order.
    private var isNacked = false
    private var isRejected = false
    private var isAcked = false

    mutating func run(_ connection: WireConnection, _ watcher: WireConnection) throws(WireError) {
        try expect(watcher, "PING", ["PONG"])
        try expect(connection, "CREATE topic \(Self.topic)", ["OK", "ERR exists"])
        for number in 1...Self.messages {
            let body = Array("errand \(number)".utf8)
            try expect(connection, "PUB \(Self.topic) \(body.count) id=e-\(number) key=k", body: body, ["OK ", "DUP "])
            published = max(published, number)
        }
        try expect(watcher, "PUB \(Self.topic) 8 id=e-1 key=k", body: Array("errand 1".utf8), ["DUP 1"])
        let options = "from=earliest window=\(Self.messages) lease=10m"
        try expect(connection, "SUB 1 \(Self.topic) \(Self.subscription) \(options)", ["OK"])
        for _ in 0..<Self.messages {
            guard case .message = try connection.next() else { throw .violation("no message of the errands") }
        }
        try expect(connection, "TOUCH 1 1-5 for=5m", ["OK 5 "])
        try expect(connection, "NACK 1 1 delay=1h code=later note=busy", ["OK 1"])
        isNacked = true
        try expect(connection, "REJECT 1 2 code=wrong", ["OK 1"])
        isRejected = true
        try expect(connection, "RECEIPT 1 e-3 done", ["OK"])
        try expect(connection, "ACK 1 3", ["OK 1"])
        isAcked = true
        try expect(connection, "WINDOW 1 0", ["OK"])
        try expect(connection, "RELEASE 1 4", ["OK 1"])
        try expect(connection, "BEGIN id=errand", ["OK"])
        try expect(connection, "SET errands a 1 version=any", body: [65], ["QUEUED"])
        try expect(connection, "ABORT", ["OK"])
        try expect(watcher, "OUTCOME errand", ["OK "])
        for question in [
            "INFO", "INFO topics", "INFO topic \(Self.topic)", "INFO consumers", "PEEK \(Self.topic) 1 limit=9",
            "LIST records.fault", "GET records.fault k0",
        ] { try expect(watcher, question, ["DATA ", "NIL"]) }
        try expect(connection, "UNSUB 1", ["OK"])
    }

    private func expect(
        _ connection: WireConnection, _ line: String, body: [UInt8]? = nil, _ expected: [String]
    ) throws(WireError) {
        let reply = try connection.request(line, body: body).line
        guard expected.contains(where: { reply.hasPrefix($0) }) else {
            throw .violation("'\(reply)' in answer to \(line)")
        }
    }

    /// Holds what the broker says against what was confirmed.
    func verify(port: Int) throws {
        let connection = try WireConnection(port: port)
        for number in 1..<(published + 1) {
            let body = Array("errand \(number)".utf8)
            let line = "PUB \(Self.topic) \(body.count) id=e-\(number) key=k"
            let reply = try connection.request(line, body: body).line
            guard reply == "DUP \(number)" else {
                throw ProcessFailure(description: "errand \(number) was confirmed, its repeat is answered '\(reply)'")
            }
        }
        guard isNacked || isRejected || isAcked else { return }
        let reply = try connection.request("INFO subscription \(Self.topic) \(Self.subscription)")
        guard reply.line.hasPrefix("DATA") else {
            throw ProcessFailure(description: "'\(reply.line)' about a subscription that settled something")
        }
        let counts = try JSONDecoder().decode(Counts.self, from: Data(reply.data))
        let settled = (isRejected ? 1 : 0) + (isAcked ? 1 : 0)
        guard counts.deferred >= (isNacked ? 1 : 0), counts.dead >= (isRejected ? 1 : 0),
            counts.backlog <= Self.messages - settled
        else {
            throw ProcessFailure(
                description:
                    "\(counts) of the errands; confirmed nack \(isNacked), reject \(isRejected), ack \(isAcked)")
        }
    }
}
