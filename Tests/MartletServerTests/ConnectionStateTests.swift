// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import Testing

@testable import MartletServer

/// How a conversation begins, goes on and ends.
struct ConnectionStateTests {
    @Test func `HELLO opens the conversation`() {
        let connection = TestConnection()
        let arrival = connection.receive("HELLO 1 client=printer\r\n")
        #expect(arrival == .greeting(ConnectionState.Greeting(client: "printer", resuming: nil)))
        #expect(connection.phase == .open)
        #expect(
            connection.welcome("s-1")
                == "OK 1 martlet/\(Server.version) session=s-1 max-body=1048576 heartbeat=30")
    }

    @Test func `the heartbeat is the client's, or the configured one`() {
        let configured = TestConnection(settings { $0.heartbeat = 12_000 })
        configured.receive("HELLO 1\r\n")
        #expect(configured.welcome("s").hasSuffix(" heartbeat=12"))
        #expect(TestConnection.greeted(heartbeat: 3_600).welcome("s").hasSuffix(" heartbeat=3600"))
        #expect(TestConnection.greeted(heartbeat: 0).welcome("s").hasSuffix(" heartbeat=0"))
    }

    @Test func `a client without a name is called by its connection`() {
        let arrival = TestConnection().receive("HELLO 1\r\n")
        #expect(arrival == .greeting(ConnectionState.Greeting(client: "connection-7", resuming: nil)))
    }

    @Test func `a client that comes back to a session waits for the broker's answer`() {
        let connection = TestConnection()
        let arrival = connection.receive("HELLO 1 client=c session=s\r\n")
        #expect(arrival == .greeting(ConnectionState.Greeting(client: "c", resuming: "s")))
        // The HELLO is not answered yet, so the end of the input does not end the connection.
        #expect(connection.inputClosed() == Outcome())
        #expect(connection.answer(commands: 1) == Outcome(close: .output))
    }

    @Test func `commands may come with the HELLO`() {
        let connection = TestConnection()
        connection.receive("HELLO 1\r\nPUB a 1\r\nx\r\nPING\r\n")
        #expect(connection.commands == ["PUB a", "PING"])
    }

    @Test func `another first line is refused`() {
        let connection = TestConnection()
        guard case .refusal(let error) = connection.receive("PING\r\n") else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == .helloRequired)
        #expect(connection.phase == .closing)
        #expect(!connection.gone(), "the broker was never told of it")
    }

    @Test func `a heartbeat of 0 is refused where the configuration says so, with all that came with it`() {
        let connection = TestConnection(settings { $0.allowNoHeartbeat = false })
        let arrival = connection.receive("HELLO 1 heartbeat=0\r\nPUB a 1\r\nx\r\n")
        #expect(
            arrival
                == .refusal(Refusal(.denied, "heartbeat: expected 1 or more seconds, 0 is not allowed here")))
        #expect(connection.commands == [])
        #expect(!connection.gone())
    }

    @Test func `a first line is refused at 1,025 bytes and waited for at 1,024`() {
        let line = "HELLO 1 token=" + String(repeating: "t", count: 1_024 - 14)
        #expect(TestConnection().receive(line) == .nothing)
        let longer = TestConnection().receive(line + "t")
        #expect(longer == .refusal(Refusal(.lineTooLong, "expected a line of at most 1024 bytes")))
    }

    @Test func `nothing is taken behind BYE, and its reply is the last`() {
        let connection = TestConnection.greeted()
        connection.receive("PUB a 1\r\nx\r\nBYE\r\nPUB a 1\r\ny\r\n")
        #expect(connection.phase == .ending)
        connection.receive("PING\r\n")
        #expect(connection.commands == ["PUB a", "BYE"])
        #expect(connection.answer(publishes: 1) == Outcome())
        #expect(connection.answer(commands: 1, closes: true) == Outcome(close: .output))
        #expect(connection.phase == .closing)
        #expect(connection.gone())
    }

    @Test func `HELLO and BYE may come together`() {
        let connection = TestConnection()
        #expect(connection.receive("HELLO 1\r\nBYE\r\n") != .nothing)
        #expect(connection.phase == .ending)
        #expect(connection.commands == ["BYE"])
    }

    @Test func `a frame whose end is in doubt is refused behind the commands before it, and nothing is read behind it`()
    {
        let connection = TestConnection.greeted()
        let arrival = connection.receive("PING\r\nPUB a x\r\nPING\r\n")
        #expect(arrival == .nothing, "its reply is the broker's, so that it keeps its place")
        connection.receive("PING\r\n")
        #expect(connection.commands == ["PING", "closing bad-length"])
        #expect(connection.phase == .ending)
        #expect(connection.answer(commands: 2, closes: true) == Outcome(close: .output))
    }

    @Test func `a frame whose end is in doubt may come with the HELLO`() {
        let connection = TestConnection()
        #expect(connection.receive("HELLO 1\r\nPUB a x\r\n") != .nothing)
        #expect(connection.commands == ["closing bad-length"])
        #expect(connection.phase == .ending)
    }

    @Test func `input that ends before HELLO ends the connection`() {
        let connection = TestConnection()
        connection.receive("HELLO 1")
        #expect(connection.inputClosed() == Outcome(close: .all))
    }

    @Test func `input that ends with nothing unanswered closes the output`() {
        let connection = TestConnection.greeted()
        #expect(connection.inputClosed() == Outcome(close: .output))
    }

    @Test func `input that ends lets the replies go out first`() {
        let connection = TestConnection.greeted()
        connection.receive("PUB a 1\r\nx\r\nPING\r\n")
        #expect(connection.inputClosed() == Outcome())
        #expect(connection.answer(publishes: 1) == Outcome())
        #expect(connection.answer(commands: 1) == Outcome(close: .output))
    }

    @Test func `input that ends behind more than may be unanswered is carried out to its end`() {
        let connection = TestConnection.greeted(settings { $0.maxUnansweredPublishes = 2 })
        connection.receive(String(repeating: "PUB a 1\r\nx\r\n", count: 5) + "PUB a 3\r\nha")
        #expect(connection.commands.count == 2)
        #expect(connection.inputClosed() == Outcome())
        #expect(connection.answer(publishes: 2) == Outcome(handedOver: 2))
        #expect(connection.answer(publishes: 2) == Outcome(handedOver: 1))
        // Half a frame is not waited for.
        #expect(connection.answer(publishes: 1) == Outcome(close: .output))
    }

    @Test func `input that ends while the client does not read is decoded when it reads`() {
        let connection = TestConnection.greeted()
        connection.writable(false)
        connection.receive("PING\r\n")
        #expect(connection.inputClosed() == Outcome())
        #expect(connection.writable(true) == Outcome(handedOver: 1))
        #expect(connection.answer(commands: 1) == Outcome(close: .output))
    }

    @Test func `input that ends behind the output closes the connection`() {
        let connection = TestConnection.greeted()
        _ = connection.end()
        #expect(connection.inputClosed() == Outcome(close: .all))
    }

    @Test(arguments: ["", "HELLO 1", "HELLO 1\r\n", "HELLO 1\r\nPING\r\n", "HELLO 1\r\nBYE\r\n"])
    func `the end closes the output once, whatever was said`(said: String) {
        let connection = TestConnection()
        connection.receive(said)
        #expect(connection.end() == Outcome(close: .output))
        #expect(connection.end() == Outcome())
        #expect(connection.receive("PING\r\n") == .nothing)
        #expect(connection.phase == .closing)
    }

    @Test func `a read that was put off is made up for when the output closes`() {
        let connection = TestConnection.greeted()
        connection.receive("INFO\r\n")
        #expect(!connection.isRead())
        #expect(connection.end() == Outcome(close: .output, reads: true))
        #expect(connection.isRead())
    }

    @Test func `answers and writability mean nothing once the output is closed`() {
        let connection = TestConnection.greeted()
        connection.receive("PING\r\nPING\r\n")
        _ = connection.end()
        #expect(connection.answer(commands: 2) == Outcome())
        #expect(connection.answer(closes: true) == Outcome())
        #expect(connection.writable(false) == Outcome())
        #expect(connection.writable(true) == Outcome())
    }

    @Test func `a connection that is gone is not checked any more`() {
        let connection = TestConnection.greeted()
        #expect(connection.nextCheck != nil)
        #expect(connection.gone())
        #expect(connection.nextCheck == nil)
        connection.outputClosed()
        #expect(connection.nextCheck == nil)
    }
}
