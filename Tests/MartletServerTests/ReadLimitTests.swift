// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletServer

/// What a connection may have unanswered before its socket is no longer read.
struct ReadLimitTests {
    private static let publish = "PUB a 1\r\nx\r\n"

    @Test(arguments: [1, 2, 1_024])
    func `publishes are read up to the limit, and the next one when one is answered`(limit: Int) {
        let connection = TestConnection.greeted(settings { $0.maxUnansweredPublishes = limit })
        connection.receive(String(repeating: Self.publish, count: limit - 1))
        #expect(connection.isRead())
        connection.receive(Self.publish + Self.publish + Self.publish)
        #expect(connection.publishes == limit)
        #expect(!connection.isRead())
        #expect(connection.answer(publishes: 1) == Outcome(handedOver: 1))
        #expect(connection.publishes == limit)
        #expect(connection.answer(publishes: 1) == Outcome(handedOver: 1))
        #expect(connection.answer(publishes: 1) == Outcome(reads: true))
        #expect(connection.isRead())
    }

    @Test func `the default is 1,024 publishes`() {
        let connection = TestConnection.greeted()
        connection.receive(String(repeating: Self.publish, count: 1_025))
        #expect(connection.publishes == 1_024)
    }

    @Test func `4,096 commands are read, and the next one when one is answered`() {
        let connection = TestConnection.greeted()
        connection.receive(String(repeating: "PING\r\n", count: 4_095))
        #expect(connection.isRead())
        connection.receive("ACK 1 1\r\nPING\r\n")
        #expect(connection.others == 4_096)
        #expect(connection.commands.last == "ACK 1 1-1")
        #expect(!connection.isRead())
        #expect(connection.answer(commands: 1) == Outcome(handedOver: 1))
        #expect(!connection.isRead())
        #expect(connection.answer(commands: 1) == Outcome(reads: true))
    }

    @Test func `refused frames count as commands`() {
        let connection = TestConnection.greeted()
        connection.receive(String(repeating: "NONSENSE\r\n", count: 4_097))
        #expect(connection.others == 4_096)
    }

    @Test func `4 MiB of bodies are read, and more when some are answered`() {
        let connection = TestConnection.greeted()
        let mebibyte = 1 << 20
        for _ in 0..<3 { connection.receive(Self.publish(of: mebibyte)) }
        connection.receive(Self.publish(of: mebibyte - 1))
        #expect(connection.isRead(), "one byte less than 4 MiB")
        connection.receive(Self.publish(of: 1) + Self.publish(of: 1))
        #expect(connection.publishes == 5)
        #expect(!connection.isRead())
        #expect(connection.answer(publishes: 1) == Outcome(handedOver: 1, reads: true))
    }

    @Test func `a body larger than 4 MiB is taken, and then nothing until it is answered`() {
        let connection = TestConnection.greeted(settings { $0.maxBody = 16 << 20 })
        connection.receive(Self.publish(of: 16 << 20) + Self.publish)
        #expect(connection.publishes == 1)
        #expect(!connection.isRead())
        #expect(connection.answer(publishes: 1) == Outcome(handedOver: 1, reads: true))
    }

    @Test(arguments: ["INFO", "INFO topics", "PEEK a 1", "LIST s"])
    func `nothing is read behind a question whose answer has no small limit`(question: String) {
        let connection = TestConnection.greeted()
        connection.receive("PING\r\n\(question)\r\nPING\r\n")
        #expect(connection.others == 2)
        #expect(!connection.isRead())
        #expect(connection.answer(commands: 1) == Outcome(), "the question itself is not answered")
        #expect(connection.answer(commands: 1) == Outcome(handedOver: 1, reads: true))
    }

    @Test func `64 records are asked for at a time`() {
        let connection = TestConnection.greeted()
        connection.receive(String(repeating: "GET s k\r\n", count: 63))
        #expect(connection.isRead())
        connection.receive("GET s k\r\nPING\r\n")
        #expect(connection.others == 64)
        #expect(!connection.isRead())
        #expect(connection.answer(commands: 63) == Outcome(), "questions count until all is answered")
        #expect(connection.answer(commands: 1) == Outcome(handedOver: 1, reads: true))
    }

    @Test func `a client that does not read is not read`() {
        let connection = TestConnection.greeted()
        #expect(connection.writable(false) == Outcome())
        #expect(!connection.isRead())
        connection.receive("PING\r\n")
        #expect(connection.commands == [])
        #expect(connection.writable(true) == Outcome(handedOver: 1, reads: true))
    }

    @Test func `a read is made up for once`() {
        let connection = TestConnection.greeted()
        connection.writable(false)
        #expect(!connection.isRead())
        #expect(connection.writable(true) == Outcome(reads: true))
        #expect(connection.writable(true) == Outcome())
    }

    @Test func `signs of life are no commands`() {
        let connection = TestConnection.greeted()
        connection.receive(String(repeating: "PONG\r\n", count: 5_000))
        #expect(connection.commands == [])
        #expect(connection.isRead())
    }

    private static func publish(of size: Int) -> String {
        "PUB a \(size)\r\n" + String(repeating: "b", count: size) + "\r\n"
    }
}
