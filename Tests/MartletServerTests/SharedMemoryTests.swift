// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletService
import NIOCore
import Testing

@testable import MartletServer

/// What all connections hold together.
struct SharedMemoryTests {
    private static let mebibyte = 1 << 20
    private static let head = "PUB a 1048576\r\n"
    private static let half = head + String(repeating: "b", count: 1 << 19)

    private static var small: ServerConfiguration {
        settings {
            // Room for two frames of 1 MiB and their heads.
            $0.maxReceivingBytes = 2 * mebibyte + 100
            $0.heartbeat = 0
        }
    }

    // MARK: - Half-received frames

    @Test func `large frames are received up to the limit, and the next one is not read on`() {
        let memory = SharedMemory(Self.small)
        let connections = (1...3).map { TestConnection.greeted(Self.small, id: UInt64($0), memory: memory) }
        for connection in connections { connection.receive(Self.half) }
        let read = connections.map { $0.isRead() }
        #expect(read == [true, true, false])
        // What is small goes on, on other connections.
        let other = TestConnection.greeted(Self.small, id: 4, memory: memory)
        other.receive("PUB a 1\r\nx\r\n")
        #expect(other.publishes == 1)
        #expect(other.isRead())
        connections[0].receive(String(repeating: "b", count: 1 << 19) + "\r\n")
        #expect(connections[0].publishes == 1)
        #expect(connections[2].granted() == Outcome(reads: true))
        connections[2].receive(String(repeating: "b", count: 1 << 19) + "\n")
        #expect(connections[2].publishes == 1)
        connections[1].receive(String(repeating: "b", count: 1 << 19) + "\r\n")
        #expect(memory.receiving.used == 0)
    }

    @Test func `memory has a bound however many connections begin large frames`() {
        let memory = SharedMemory(ServerConfiguration())
        let connections = (1...600).map { TestConnection.greeted(id: UInt64($0), memory: memory) }
        for connection in connections { connection.receive(Self.head + String(repeating: "b", count: 4_000)) }
        let read = connections.count { $0.isRead() }
        #expect(read == 255, "256 MiB and no byte for a head")
        #expect(memory.receiving.used <= (256 << 20) + 345 * 5_000)
        for connection in connections { _ = connection.gone() }
        #expect(memory.receiving.used == 0)
    }

    @Test func `64 KiB need no room, and one byte more does`() {
        let memory = SharedMemory(settings { $0.maxReceivingBytes = 1 })
        let first = TestConnection.greeted(id: 1, memory: memory)
        let limit = ReceiveBudget.small
        // The frame ends with a line end of one byte.
        let size = limit - "PUB a 65519\r\n".utf8.count - 1
        first.receive("PUB a \(size)\r\n")
        #expect(memory.receiving.used == 0)
        let second = TestConnection.greeted(id: 2, memory: memory)
        second.receive("PUB a \(size + 1)\r\n")
        #expect(memory.receiving.used == limit + 2)
    }

    @Test func `a connection that is gone, or waits no more, gives its room back`() {
        let memory = SharedMemory(Self.small)
        let connections = (1...4).map { TestConnection.greeted(Self.small, id: UInt64($0), memory: memory) }
        for connection in connections { connection.receive(Self.half) }
        let read = connections.map { $0.isRead() }
        #expect(read == [true, true, false, false])
        _ = connections[2].gone()
        _ = connections[0].end()
        #expect(connections[3].granted().reads)
        _ = connections[1].gone()
        _ = connections[3].gone()
        #expect(memory.receiving.used == 0)
    }

    @Test func `frames that follow each other each ask for their own room`() {
        let memory = SharedMemory(Self.small)
        let first = TestConnection.greeted(Self.small, id: 1, memory: memory)
        let rest = String(repeating: "b", count: 1 << 19) + "\r\n"
        first.receive(Self.half)
        for _ in 1...3 {
            first.receive(rest + Self.half)
            #expect(first.isRead())
            #expect(memory.receiving.used == Self.mebibyte + Self.head.utf8.count + 2)
            first.answerAll()
        }
        first.receive(rest + "PING\r\n")
        #expect(memory.receiving.used == 0)
    }

    // MARK: - Frames that do not go on

    @Test(arguments: [0, 30])
    func `a frame that was begun and does not go on for 60 s is the end`(heartbeat: Int) {
        let connection = TestConnection.greeted(heartbeat: heartbeat)
        connection.receive(Self.half)
        let found = connection.pass(.milliseconds(59_999))
        #expect(found.allSatisfy { $0.finding == .ping })
        let end = connection.pass(.milliseconds(1)).map(\.finding)
        let late = Refusal(.badDataEnd, "expected the rest of what was begun; none came in 1m")
        #expect(end == (heartbeat == 0 ? [.refusal(late)] : [.lost]))
        #expect(connection.closeReason == (heartbeat == 0 ? .unfinishedFrame : .silent))
        _ = connection.gone()
        #expect(connection.memory.receiving.used == 0)
    }

    @Test func `64 KiB in 60 s are progress, and a byte a minute is not`() {
        let quick = TestConnection.greeted(heartbeat: 0)
        quick.receive(Self.head)
        for _ in 1...15 {
            #expect(quick.pass(.seconds(59)) == [])
            quick.receive(String(repeating: "b", count: 64 << 10))
        }
        let slow = TestConnection.greeted(heartbeat: 0)
        slow.receive(Self.head)
        #expect(slow.pass(.seconds(59)) == [])
        slow.receive("b")
        #expect(slow.pass(.seconds(1)).count == 1)
    }

    @Test func `a small frame has 60 s, and so has half a line`() {
        for begun in ["PUB a 5\r\nab", "PI"] {
            let connection = TestConnection.greeted(heartbeat: 0)
            connection.receive("PONG\r\n" + begun)
            #expect(connection.pass(.milliseconds(59_999)) == [])
            #expect(connection.pass(.milliseconds(1)).count == 1)
            #expect(connection.phase == .closing)
        }
    }

    @Test func `whole frames begin anew, and what is not read is not late`() {
        let connection = TestConnection.greeted(heartbeat: 0)
        for _ in 1...10 {
            connection.receive("PING\r\nPI")
            connection.answerAll()
            #expect(connection.pass(.seconds(50)) == [])
            connection.receive("NG\r\n")
            connection.answerAll()
        }
        let waiting = TestConnection.greeted(Self.small, heartbeat: 0, id: 3)
        waiting.receive("INFO\r\nPI")
        #expect(!waiting.isRead())
        #expect(waiting.pass(.minutes(10)) == [])
        waiting.answerAll()
        #expect(waiting.pass(.seconds(59)) == [])
    }

    @Test func `one that waits for room is not late, and its time begins when there is some`() {
        let memory = SharedMemory(settings { $0.maxReceivingBytes = 1 })
        let first = TestConnection.greeted(heartbeat: 0, id: 1, memory: memory)
        let second = TestConnection.greeted(heartbeat: 0, id: 2, memory: memory)
        first.receive(Self.half)
        second.receive(Self.half)
        #expect(!second.isRead())
        #expect(second.pass(.hours(1)) == [])
        _ = first.gone()
        #expect(second.granted().reads)
        #expect(second.pass(.milliseconds(59_999)) == [])
        #expect(second.pass(.milliseconds(1)).count == 1)
    }

    @Test func `a pause of the process uses up no time of a frame`() {
        let connection = TestConnection.greeted(heartbeat: 0)
        connection.receive(Self.half)
        connection.advance(by: .minutes(5))
        #expect(connection.check() == .fine)
        #expect(connection.pass(.milliseconds(99)) == [])
    }

    // MARK: - What waits for the broker

    @Test func `no commands are read while too much waits for the broker, and they go on when there is room`() {
        let pool = BatchPool(limit: 1_000)
        let first = TestConnection.greeted(id: 1, pool: pool)
        let second = TestConnection.greeted(id: 2, pool: pool)
        first.receive("PUB a 900\r\n" + String(repeating: "b", count: 900) + "\r\n")
        second.receive("PUB a 100\r\n" + String(repeating: "b", count: 100) + "\r\n")
        #expect(pool.isCrowded)
        #expect(!first.isRead())
        second.receive("PUB a 1\r\nx\r\n")
        #expect(second.publishes == 1)
        #expect(!second.isRead())
        #expect(second.isCrowdedOut)
        #expect(second.answerAll() == Outcome(), "the broker has answered, but others still wait")
    }

    // MARK: - What waits for clients

    @Test func `what waits for all is known, and less when it was taken or its connection is gone`() {
        let configuration = settings { $0.maxSendingBytes = 0 }
        let memory = SharedMemory(configuration)
        let limit = 2 * configuration.outboundLimit
        let first = TestConnection.greeted(configuration, id: 1, memory: memory)
        let second = TestConnection.greeted(configuration, id: 2, memory: memory)
        first.write(limit)
        #expect(!memory.outbound.isExceeded)
        second.write(1)
        #expect(memory.outbound.isExceeded)
        second.write(10, taken: 11)
        #expect(!memory.outbound.isExceeded)
        second.write(1)
        #expect(memory.outbound.isExceeded)
        _ = first.gone()
        #expect(!memory.outbound.isExceeded)
        second.write(limit - 2)
        #expect(!memory.outbound.isExceeded)
    }

    @Test func `who took something is not slow, nor who had nothing waiting`() {
        let connection = TestConnection.greeted()
        connection.advance(by: .seconds(100))
        connection.write(1_000)
        #expect(connection.look().idle == .zero)
        connection.advance(by: .seconds(10))
        connection.write(1_000)
        #expect(connection.look().idle == .seconds(10))
        connection.waiting -= 1
        #expect(connection.look() == UntakenMemory(connection: ConnectionID(7), bytes: 2_000, idle: .zero))
    }

    @Test func `a buffer counts whole until its last byte is taken, and what is given up counts no more`() {
        let configuration = settings { $0.maxSendingBytes = 0 }
        let memory = SharedMemory(configuration)
        let limit = 2 * configuration.outboundLimit
        let first = TestConnection.greeted(configuration, id: 1, memory: memory)
        let second = TestConnection.greeted(configuration, id: 2, memory: memory)
        first.write(limit, taken: limit - 1)
        #expect(first.look().bytes == limit)
        second.write(1)
        #expect(memory.outbound.isExceeded)
        first.giveUp()
        #expect(!memory.outbound.isExceeded)
        _ = first.gone()
        second.write(limit - 1)
        #expect(!memory.outbound.isExceeded, "it was not taken off twice")
        second.write(1)
        #expect(memory.outbound.isExceeded)
    }
}
