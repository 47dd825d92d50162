// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore
import Testing

@testable import MartletServer

/// Deadlines of a connection, in virtual time.
struct DeadlineTests {
    private static func noHello(in time: String) -> ConnectionState.Finding {
        .refusal(Refusal(.helloRequired, "expected HELLO 1 as the first line in \(time)"))
    }

    // MARK: - HELLO

    @Test func `HELLO is awaited for the timeout and no longer`() {
        let connection = TestConnection(settings { $0.helloTimeout = 5_000 })
        #expect(connection.pass(.milliseconds(4_999)) == [])
        #expect(connection.phase == .new)
        #expect(connection.pass(.milliseconds(1)) == [Found(Self.noHello(in: "5s"), after: .milliseconds(1))])
        #expect(connection.phase == .closing)
    }

    @Test func `a client on this machine has 30 s, and the answer says so`() {
        let connection = TestConnection()
        connection.opened(isLocal: true)
        #expect(connection.pass(.milliseconds(29_999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(Self.noHello(in: "30s"), after: .milliseconds(1))])
        #expect(connection.closeReason == .noHello(.helloRequired))
        let other = TestConnection()
        other.opened(isLocal: false)
        #expect(other.pass(.seconds(5)) == [Found(Self.noHello(in: "5s"), after: .seconds(5))])
    }

    @Test func `half a HELLO is none`() {
        let connection = TestConnection(settings { $0.helloTimeout = 200 })
        #expect(connection.pass(.milliseconds(100)) == [])
        connection.receive("HELLO 1")
        #expect(connection.pass(.milliseconds(100)) == [Found(Self.noHello(in: "200ms"), after: .milliseconds(100))])
    }

    @Test func `a HELLO at the last moment is in time`() {
        let connection = TestConnection(settings { $0.helloTimeout = 5_000 })
        #expect(connection.pass(.milliseconds(4_999)) == [])
        connection.receive("HELLO 1 heartbeat=0\r\n")
        #expect(connection.pass(.hours(24)) == [])
        #expect(connection.phase == .open)
    }

    @Test func `after the refusal the connection is closed`() {
        let connection = TestConnection(settings { $0.helloTimeout = 5_000 })
        #expect(connection.pass(.seconds(5)) == [Found(Self.noHello(in: "5s"), after: .seconds(5))])
        connection.outputClosed()
        #expect(connection.pass(.milliseconds(999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.lost, after: .milliseconds(1))])
    }

    @Test func `a client that does not take the refusal is closed after the stall timeout`() {
        let connection = TestConnection(
            settings {
                $0.helloTimeout = 5_000
                $0.stallTimeout = 30_000
            })
        #expect(connection.pass(.seconds(5)).count == 1)
        connection.write(60)
        #expect(connection.pass(.seconds(60)) == [Found(.lost, after: .seconds(30))])
    }

    // MARK: - Heartbeats

    @Test(arguments: [1, 2, 30, 3_600])
    func `silence is asked about after one heartbeat and ends the connection after two`(heartbeat: Int) {
        let connection = TestConnection.greeted(heartbeat: heartbeat)
        let time = TimeAmount.seconds(Int64(heartbeat))
        #expect(connection.pass(time - .milliseconds(1)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.ping, after: .milliseconds(1))])
        #expect(connection.pass(time - .milliseconds(1)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.lost, after: .milliseconds(1))])
    }

    @Test func `the configured heartbeat holds where the client names none`() {
        let connection = TestConnection(settings { $0.heartbeat = 10_000 })
        connection.receive("HELLO 1\r\n")
        #expect(
            connection.pass(.seconds(60))
                == [Found(.ping, after: .seconds(10)), Found(.lost, after: .seconds(20))])
    }

    @Test func `the heartbeat counts from HELLO, not from the connection`() {
        let connection = TestConnection(settings { $0.helloTimeout = 5_000 })
        #expect(connection.pass(.seconds(4)) == [])
        connection.receive("HELLO 1 heartbeat=3\r\n")
        #expect(connection.pass(.seconds(3)) == [Found(.ping, after: .seconds(3))])
    }

    @Test(arguments: ["PONG\r\n", "PING\r\n", "P", "\r\n"])
    func `whatever arrives is a sign of life`(sign: String) {
        let connection = TestConnection.greeted(settings { $0.frameTimeout = 86_400_000 }, heartbeat: 30)
        for _ in 1...5 {
            #expect(connection.pass(.milliseconds(59_999)) == [Found(.ping, after: .seconds(30))])
            connection.receive(sign)
        }
        #expect(connection.pass(.hours(1)).last == Found(.lost, after: .seconds(60)))
    }

    @Test func `a client that speaks is not asked`() {
        let connection = TestConnection.greeted(heartbeat: 30)
        for _ in 1...10 {
            #expect(connection.pass(.milliseconds(29_999)) == [])
            connection.receive("PING\r\n")
            connection.answerAll()
        }
    }

    @Test func `no heartbeat is no deadline`() {
        let connection = TestConnection.greeted(heartbeat: 0)
        #expect(connection.pass(.hours(48)) == [])
    }

    @Test func `a client that is not read is not silent, and its silence begins when it is read`() {
        let connection = TestConnection.greeted(heartbeat: 30)
        connection.receive("INFO\r\n")
        #expect(!connection.isRead())
        #expect(connection.pass(.minutes(10)) == [])
        #expect(connection.answer(commands: 1) == Outcome(reads: true))
        let found = connection.pass(.minutes(2))
        #expect(found.map(\.finding) == [.ping, .lost])
    }

    @Test func `nothing is asked behind the end of the output`() {
        let connection = TestConnection.greeted(heartbeat: 30)
        connection.write(100)
        _ = connection.end()
        connection.write(0, taken: 100)
        #expect(connection.pass(.minutes(2)) == [Found(.lost, after: .seconds(60))])
    }

    // MARK: - Pauses of the process

    @Test func `a pause uses up no heartbeat, and what was sent meanwhile is read first`() {
        let connection = TestConnection.greeted(heartbeat: 1)
        connection.advance(by: .milliseconds(3_500))
        #expect(connection.check() == .fine, "2.5 s late")
        #expect(connection.pass(.milliseconds(50)) == [])
        connection.receive("PING\r\n")
        connection.answerAll()
        #expect(connection.pass(.milliseconds(999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.ping, after: .milliseconds(1))])
    }

    @Test func `a pause that ends when a client was about to be lost gives it time to be read`() {
        let connection = TestConnection.greeted(heartbeat: 30)
        #expect(connection.pass(.seconds(59)) == [Found(.ping, after: .seconds(30))])
        connection.advance(by: .seconds(71))
        #expect(connection.check() == .fine)
        #expect(connection.pass(.milliseconds(99)) == [])
        connection.receive("PONG\r\n")
        #expect(connection.pass(.seconds(29)) == [])
    }

    @Test func `a client that is silent after a pause too is lost`() {
        let connection = TestConnection.greeted(heartbeat: 30)
        #expect(connection.pass(.seconds(59)) == [Found(.ping, after: .seconds(30))])
        connection.advance(by: .seconds(71))
        #expect(connection.check() == .fine)
        let found = connection.pass(.minutes(2))
        #expect(found.last?.finding == .lost)
    }

    @Test func `a pause before the first heartbeat leaves what is left of it`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 600_000 }, heartbeat: 30)
        connection.advance(by: .seconds(100))
        #expect(connection.check() == .fine, "70 s late")
        #expect(
            connection.pass(.minutes(2))
                == [Found(.ping, after: .milliseconds(100)), Found(.lost, after: .seconds(30))])
    }

    @Test func `what was heard after a pause is not forgotten`() {
        let connection = TestConnection.greeted(heartbeat: 30)
        connection.advance(by: .seconds(100))
        connection.receive("PONG\r\n")
        connection.advance(by: .seconds(1))
        #expect(connection.check() == .fine)
        #expect(connection.pass(.seconds(60)).last == Found(.lost, after: .seconds(60)))
    }

    @Test func `a check that is late within reason is a check`() {
        let late = ConnectionWatch.tolerance
        let connection = TestConnection.greeted(heartbeat: 5)
        connection.advance(by: .seconds(5) + late)
        #expect(connection.check() == .ping)
        let paused = TestConnection.greeted(heartbeat: 5)
        paused.advance(by: .seconds(5) + late + .nanoseconds(1))
        #expect(paused.check() == .fine)
    }

    @Test func `a pause uses up no time for HELLO`() {
        let connection = TestConnection(settings { $0.helloTimeout = 5_000 })
        connection.advance(by: .seconds(70))
        #expect(connection.check() == .fine)
        connection.receive("HELLO 1\r\n")
        #expect(connection.pass(.seconds(29)) == [])
        let silent = TestConnection(settings { $0.helloTimeout = 5_000 })
        silent.advance(by: .seconds(70))
        #expect(silent.check() == .fine)
        #expect(silent.pass(.seconds(1)) == [Found(Self.noHello(in: "5s"), after: .milliseconds(100))])
    }

    @Test func `a pause is no stall`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 30_000 }, heartbeat: 0)
        connection.write(1_000)
        connection.advance(by: .minutes(10))
        #expect(connection.check() == .fine)
        #expect(connection.pass(.milliseconds(99)) == [])
        connection.waiting = 999
        #expect(connection.pass(.seconds(30)) == [])
        #expect(connection.pass(.minutes(1)).map(\.finding) == [.lost])
    }

    @Test func `a pause leaves what is left of the time to take something`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 30_000 }, heartbeat: 0)
        connection.write(1_000)
        #expect(connection.nextCheck == connection.now + .seconds(15))
        connection.advance(by: .minutes(10))
        #expect(connection.check() == .fine)
        #expect(connection.pass(.minutes(1)) == [Found(.lost, after: .seconds(15))])
    }

    // MARK: - Stalls

    @Test func `a client that takes nothing for the timeout is lost`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 30_000 }, heartbeat: 0)
        connection.write(1_000)
        #expect(connection.pass(.milliseconds(29_999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.lost, after: .milliseconds(1))])
    }

    @Test func `the timeout runs from when bytes began to wait, whatever is written behind them`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 30_000 }, heartbeat: 0)
        connection.write(1_000, taken: 1_000)
        #expect(connection.pass(.seconds(100)) == [])
        connection.write(1_000)
        #expect(connection.pass(.seconds(20)) == [])
        connection.write(1_000)
        #expect(connection.pass(.milliseconds(9_999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.lost, after: .milliseconds(1))])
    }

    @Test func `one byte that is taken is progress`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 30_000 }, heartbeat: 0)
        connection.write(1_000)
        for _ in 1...20 {
            connection.waiting -= 1
            #expect(connection.pass(.seconds(15)) == [])
        }
        #expect(connection.pass(.seconds(15)) == [])
        #expect(connection.pass(.seconds(15)) == [Found(.lost, after: .seconds(15))])
    }

    @Test func `a client for which nothing waits does not stall`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 1_000 }, heartbeat: 0)
        connection.write(1_000)
        connection.waiting = 0
        #expect(connection.pass(.hours(1)) == [])
    }

    @Test func `a client that says much and takes nothing stalls all the same`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 10_000 }, heartbeat: 30)
        connection.write(1_000)
        var found: [Found] = []
        for _ in 1...10 where found.isEmpty {
            found += connection.pass(.seconds(1))
            connection.receive("PONG\r\n")
        }
        #expect(found == [Found(.lost, after: .seconds(1))])
    }

    @Test func `the output that ends has to be taken too`() {
        let connection = TestConnection.greeted(settings { $0.stallTimeout = 10_000 }, heartbeat: 0)
        connection.write(1_000)
        #expect(connection.end() == Outcome(close: .output))
        #expect(connection.pass(.milliseconds(9_999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.lost, after: .milliseconds(1))])
    }

    @Test func `the input stays open for a second behind the output`() {
        let connection = TestConnection.greeted(heartbeat: 1)
        _ = connection.end()
        connection.outputClosed()
        #expect(connection.pass(.milliseconds(999)) == [])
        #expect(connection.pass(.milliseconds(1)) == [Found(.lost, after: .milliseconds(1))])
    }
}
