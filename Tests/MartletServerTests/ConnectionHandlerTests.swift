// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletServer

/// The handler does in its channel what the state says.
struct ConnectionHandlerTests {
    private static func greeted(_ configuration: ServerConfiguration = ServerConfiguration()) throws -> TestChannel {
        let channel = try TestChannel(configuration)
        try channel.receive("HELLO 1 client=c\r\n")
        _ = try channel.written()
        _ = channel.told()
        return channel
    }

    @Test func `HELLO is told and answered`() throws {
        let channel = try TestChannel()
        try channel.receive("HELLO 1 client=c\r\n")
        #expect(channel.told() == ["c connected"])
        #expect(try channel.written().hasPrefix("OK 1 martlet/\(Server.version) session="))
        channel.close()
        #expect(channel.told() == ["disconnected"])
    }

    @Test(arguments: [false, true])
    func `with TLS each buffer of deliveries is encrypted by itself, so that it can be given back by itself`(
        isSecure: Bool
    ) throws {
        let channel = try TestChannel(security: isSecure ? AgreedSecurity() : nil)
        try channel.receive("HELLO 1 client=c\r\n")
        let before = channel.socket.flushes
        let body = [UInt8](repeating: 98, count: 200_000)
        body.withUnsafeBytes { bytes in
            var message = MessageFields()
            message.body = bytes
            channel.deliver(message, times: 4)
        }
        #expect(channel.socket.flushes - before == (isSecure ? 4 : 1))
        #expect(try channel.written().count > 4 * body.count)
    }

    @Test func `the broker answers a HELLO that asks for a session`() throws {
        let channel = try TestChannel()
        try channel.receive("HELLO 1 client=c session=s heartbeat=9\r\n")
        #expect(channel.told() == ["c connected again: s"])
        #expect(try channel.written() == "")
        channel.deliver(.welcome(session: "s"))
        #expect(try channel.written() == "OK 1 martlet/\(Server.version) session=s max-body=1048576 heartbeat=9\r\n")
    }

    @Test func `commands are handed over once per read, behind the HELLO`() throws {
        let channel = try TestChannel()
        try channel.receive("HELLO 1 client=c\r\nPING\r\nPING\r\n")
        try channel.receive("PING\r\n")
        #expect(channel.told() == ["c connected", "commands: 2", "commands: 1"])
    }

    @Test func `a refusal is written and closes the output`() throws {
        let channel = try TestChannel()
        try channel.receive("PING\r\n")
        #expect(try channel.written() == "ERR hello-required expected HELLO 1 as the first line\r\n")
        #expect(channel.socket.isOutputClosed)
        #expect(channel.isOpen)
        channel.loop.advanceTime(by: .milliseconds(999))
        #expect(channel.isOpen)
        channel.loop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isOpen)
        #expect(channel.told() == [])
    }

    @Test func `the socket is read again when what was unanswered is answered`() throws {
        let channel = try Self.greeted(settings { $0.maxUnansweredPublishes = 1 })
        let reads = channel.socket.reads
        try channel.receive("PUB a 1\r\nx\r\nPUB a 1\r\ny\r\n")
        #expect(channel.socket.reads == reads)
        #expect(channel.told() == ["commands: 1"])
        channel.deliver(.published(first: 1, count: 1, unseen: false))
        #expect(channel.told() == ["commands: 1"])
        #expect(channel.socket.reads == reads)
        channel.deliver(.published(first: 2, count: 1, unseen: false))
        #expect(channel.socket.reads == reads + 1)
        #expect(try channel.written() == "OK 1\r\nOK 2\r\n")
    }

    @Test func `a channel that is not writable is not read`() throws {
        let channel = try Self.greeted()
        let reads = channel.socket.reads
        channel.writable(false)
        try channel.receive("PING\r\n")
        #expect(channel.socket.reads == reads)
        #expect(channel.told() == [])
        channel.writable(true)
        #expect(channel.socket.reads == reads + 1)
        #expect(channel.told() == ["commands: 1"])
    }

    @Test func `the broker hears when everything was taken, if it wants to`() throws {
        let channel = try Self.greeted()
        channel.deliver(.ok)
        #expect(channel.told() == [])
        channel.deliver(wantsDrained: true, .ok)
        #expect(channel.told() == ["drained"])
    }

    @Test func `replies go out before the connection ends`() throws {
        let channel = try Self.greeted()
        try channel.receive("PING\r\n")
        channel.inputClosed()
        #expect(!channel.socket.isOutputClosed)
        channel.deliver(.pong)
        #expect(try channel.written() == "PONG\r\n")
        #expect(channel.socket.isOutputClosed)
        channel.inputClosed()
        #expect(!channel.isOpen)
        #expect(channel.told() == ["commands: 1", "disconnected"])
    }

    @Test func `nothing is written behind the last reply`() throws {
        let channel = try Self.greeted()
        try channel.receive("BYE\r\n")
        channel.deliver(.goodbye)
        channel.deliver(.pong)
        #expect(try channel.written() == "OK\r\n")
        #expect(channel.socket.isOutputClosed)
    }

    // MARK: - Time

    @Test func `no HELLO in time is refused`() throws {
        let channel = try TestChannel(settings { $0.helloTimeoutLocal = 5_000 })
        channel.loop.advanceTime(by: .milliseconds(4_999))
        #expect(try channel.written() == "")
        channel.loop.advanceTime(by: .milliseconds(1))
        #expect(try channel.written() == "ERR hello-required expected HELLO 1 as the first line in 5s\r\n")
        channel.loop.advanceTime(by: .seconds(1))
        #expect(!channel.isOpen)
        #expect(channel.lines.take().count == 1)
    }

    @Test func `the timer goes by the heartbeat once it is agreed on`() throws {
        let channel = try TestChannel(settings { $0.helloTimeoutLocal = 300_000 })
        try channel.receive("HELLO 1 heartbeat=2\r\n")
        _ = try channel.written()
        channel.loop.advanceTime(by: .milliseconds(1_999))
        #expect(try channel.written() == "")
        channel.loop.advanceTime(by: .milliseconds(1))
        #expect(try channel.written() == "PING\r\n")
        try channel.receive("PONG\r\n")
        channel.loop.advanceTime(by: .milliseconds(3_999))
        #expect(try channel.written() == "PING\r\n")
        #expect(channel.isOpen)
        channel.loop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isOpen)
    }

    @Test func `a socket that takes nothing is closed`() throws {
        let channel = try Self.greeted(settings { $0.stallTimeout = 10_000 })
        channel.socket.isStuck = true
        channel.deliver(.pong)
        channel.loop.advanceTime(by: .milliseconds(9_999))
        #expect(channel.isOpen)
        channel.loop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isOpen)
        #expect(channel.told() == ["disconnected"])
    }

    @Test func `a socket for which too much waits is closed`() throws {
        let channel = try Self.greeted()
        channel.socket.isStuck = true
        channel.deliver(.settled(1))
        // A record whose reply has 8 MiB, behind the reply that is under way.
        let size = (8 << 20) - "DATA 8388575 version=1 time=1\r\n\r\n".utf8.count
        channel.deliver(.record(version: 1, time: 1, expires: nil, value: Array(repeating: 0, count: size)))
        #expect(channel.isOpen)
        channel.deliver(.ok)
        #expect(!channel.isOpen)
    }

    // MARK: - The end of the server

    @Test func `the end lets everything be taken, an abort does not wait`() throws {
        let channel = try Self.greeted()
        var isEnded = false
        channel.registry.endAll().assumeIsolated().whenSuccess { isEnded = true }
        channel.loop.run()
        #expect(channel.socket.isOutputClosed)
        #expect(!isEnded)
        channel.inputClosed()
        #expect(isEnded)
        let other = try Self.greeted()
        other.registry.closeAll()
        other.loop.run()
        #expect(!other.isOpen)
    }
}

/// Security that is agreed on, and changes nothing.
private final class AgreedSecurity: ConnectionSecurity {
    let isEstablished = true

    func takeWritten(_ tell: (_ bytes: Int, _ memory: Int) -> Void) {}

    func abort() {}
}
