// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import MartletProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletClient

/// The connection of programs that do one thing at a time.
@Suite(.timeLimit(.minutes(10))) struct BlockingConnectionTests {
    /// Runs what blocks on a thread of its own.
    private func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
        }
    }

    /// What comes of a connection to a server that answers as a script says.
    private func outcome(
        _ script: @escaping FakeServer.Script,
        _ body: @escaping @Sendable (BlockingConnection) throws -> Void = { _ in }
    ) async throws -> ClientError? {
        try await FakeServer.with(script) { server in
            let configuration = server.configuration()
            return try await onThread {
                do {
                    try body(BlockingConnection(configuration))
                    return nil
                } catch let error as ClientError {
                    return error
                }
            }
        }
    }

    /// Why no connection can be opened.
    private func failure(_ configuration: ClientConfiguration) async throws -> ClientError? {
        try await onThread { #expect(throws: ClientError.self) { try BlockingConnection(configuration) } }
    }

    private static func answered(_ answer: @escaping @Sendable (FakeFrame) -> FakeAnswer) -> FakeServer.Script {
        { $0.word == "HELLO" ? .greeting : answer($0) }
    }

    @Test func `a question is answered, and what comes before the answer is told`() async throws {
        let script = Self.answered { frame in
            frame.word == "INFO" ? .send("PING\r\nLOST 1 1 timeout\r\nDATA 2\r\n{}\r\n") : .send("OK\r\n")
        }
        let error = try await outcome(script) { connection in
            #expect(connection.greeting.server == "fake/1" && connection.maxBody == 1 << 20)
            var pushes = 0
            let reply = try connection.request(.info(.broker)) { _ in pushes += 1 }
            #expect(reply.data == Array("{}".utf8))
            #expect(pushes == 1 && connection.unanswered == 0)
            connection.close()
            #expect(connection.unanswered == 0)
        }
        #expect(error == nil)
    }

    @Test func `a refusal has the broker's code`() async throws {
        let error = try await outcome(Self.answered { _ in .send("ERR unknown-topic no such topic\r\n") }) {
            _ = try $0.request(.info(.topic("t")))
        }
        #expect(error?.code == .refused("unknown-topic") && error?.message == "unknown-topic: no such topic")
    }

    @Test func `a broker that refuses the client, and a peer that is none, are told`() async throws {
        let refused = try await outcome { _ in .sendAndDie("ERR auth who are you\r\n") }
        #expect(refused?.code == .refused("auth"))
        #expect(refused?.message == "the broker refused the connection: auth who are you")
        let stranger = try await outcome { _ in .send("HTTP/1.1 400 Bad Request\r\n") }
        #expect(stranger?.code == .protocolViolation)
        #expect(stranger?.message.hasSuffix(": the peer does not speak Martlet protocol 1") == true)
        let dead = try await outcome { _ in .die }
        #expect(dead?.code == .connectionLost)
    }

    @Test func `a peer that does not answer is told`() async throws {
        let broker = VirtualBroker()
        let (queue, connection) = try opened(broker)
        _ = try await broker.next().line()
        #expect(try queue.greeting() == nil)
        await broker.loop.advanceTime(by: .seconds(5))
        let error = #expect(throws: ClientError.self) { try queue.greeting() }
        #expect(error?.code == .unreachable)
        #expect(error?.message == "virtual:7250 accepted the connection but does not answer HELLO")
        try await broker.loop.executeInContext { connection.close() }
    }

    /// A connection without a socket, and what it hands to its thread.
    private func opened(_ broker: VirtualBroker) throws -> (IncomingQueue, LineConnection) {
        let queue = try IncomingQueue()
        let connection = LineConnection(
            to: .init(host: "virtual"), broker.configuration, loop: broker.loop, owner: queue)
        broker.loop.execute { connection.open(broker.transport) }
        return (queue, connection)
    }

    @Test func `an address where nothing listens is told with the reason`() async throws {
        let configuration = try await FakeServer.with({ _ in .die }, { $0.configuration() })
        let port = configuration.addresses[0].port
        let error = try await failure(configuration)
        #expect(error?.code == .unreachable)
        #expect(error?.message == "cannot connect to 127.0.0.1:\(port) (connection refused)")
    }

    @Test func `a host that is not known is told`() async throws {
        let configuration = ClientConfiguration(addresses: [.init(host: "nowhere.invalid")])
        let error = try await failure(configuration)
        #expect(error?.code == .unreachable && error?.message == "the host 'nowhere.invalid' is not known")
    }

    @Test func `what came before the end is taken before the end is told`() async throws {
        let script = Self.answered { _ in .sendAndDie("OK 1\r\nOK 2\r\nBYE reason=shutdown\r\n") }
        let error = try await outcome(script) { connection in
            for _ in 1...3 { connection.send(.ping) }
            var seen: [String] = []
            while true {
                switch try connection.next() {
                case .incoming(.reply(let reply)): seen.append(reply.fields[0])
                case .incoming(.goodbye(let reason)):
                    seen.append(reason)
                    #expect(seen == ["1", "2", "shutdown"] && connection.unanswered == 1)
                default: Issue.record("unexpected")
                }
            }
        }
        #expect(error?.code == .connectionLost && error?.message == "the broker closed the connection")
    }

    @Test func `confirms that are here are taken at once, up to what is not one`() async throws {
        let script = Self.answered { frame in
            frame.word == "PUB" ? .send("OK 7 subs=0\r\nDUP 3\r\nERR full no\r\nOK 8\r\nOK 9 lost=1\r\n") : .silence
        }
        let error = try await outcome(script) { connection in
            let encoder = PublishEncoder(topic: "t")
            connection.send { buffer in [].withUnsafeBytes { encoder.write(body: $0, into: &buffer) } }
            for _ in 1...4 { connection.send(.ping) }
            guard case .incoming(.reply(let first)) = try connection.next() else {
                Issue.record("expected a reply")
                return
            }
            #expect(first.fields == ["7"] && first.options == ["subs": "0"])
            var confirms: [Confirm] = []
            connection.confirms { confirms.append($0) }
            #expect(confirms == [Confirm(offset: 3, isDuplicate: true, isUnseen: false)] && connection.unanswered == 3)
            guard case .incoming(.refusal("full", "no")) = try connection.next() else {
                Issue.record("expected the refusal")
                return
            }
            connection.confirms { confirms.append($0) }
            #expect(confirms.last == Confirm(offset: 8, isDuplicate: false, isUnseen: false))
            guard case .incoming(.reply(let last)) = try connection.next() else {
                Issue.record("expected a reply")
                return
            }
            #expect(last.fields == ["9"] && last.options == ["lost": "1"] && connection.unanswered == 0)
        }
        #expect(error == nil)
    }

    @Test func `nonsense ends the connection behind what came before it`() async throws {
        let error = try await outcome(Self.answered { _ in .send("OK 1\r\nNONSENSE\r\n") }) { connection in
            #expect(try connection.request(.ping).fields == ["1"])
            _ = try connection.next()
        }
        #expect(error?.code == .protocolViolation)
    }

    @Test func `other descriptors and the time given end a wait`() async throws {
        let error = try await outcome(Self.answered { _ in .silence }) { connection in
            guard case .timeout = try connection.next(timeout: 1) else {
                Issue.record("expected a timeout")
                return
            }
            let pipe = Pipe()
            try pipe.fileHandleForWriting.write(contentsOf: Data([1]))
            let descriptor = pipe.fileHandleForReading.fileDescriptor
            guard case .other = try connection.next(orReadable: [descriptor]) else {
                Issue.record("expected the descriptor")
                return
            }
        }
        #expect(error == nil)
    }

    @Test func `more than may wait in memory arrives as it is taken`() async throws {
        let count = 64
        let body = String(repeating: "x", count: 1 << 18)
        let messages = (1...count).map { "MSG 1 \($0) \($0) 1 \(body.utf8.count) time=1\r\n\(body)\r\n" }.joined()
        let error = try await outcome(Self.answered { _ in .send("OK\r\n" + messages) }) { connection in
            _ = try connection.request(.subscribe(Subscribe(consumer: 1, topic: "t", subscription: "s", window: count)))
            for number in 1...count {
                guard case .incoming(.message(let message)) = try connection.next() else {
                    Issue.record("expected a message")
                    return
                }
                #expect(message.offset == number && message.body.count == body.utf8.count)
            }
        }
        #expect(error == nil)
    }

    @Test func `a connection stops reading when much waits, and goes on when it is taken`() async throws {
        let broker = VirtualBroker()
        let (queue, connection) = try opened(broker)
        let other = try await broker.next()
        try await other.greet()
        func reads() -> Bool? {
            other.channel.options.first { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
        }
        let body = String(repeating: "x", count: 1 << 20)
        for number in 1...4 {
            #expect(reads() == nil)
            try await other.say("MSG 1 \(number) \(number) 1 \(body.utf8.count)\r\n\(body)")
        }
        #expect(reads() == false)
        guard case .elements(let elements, isPaused: true) = queue.take(willWait: false) else {
            Issue.record("expected messages of a connection that waits")
            return
        }
        #expect(elements.count == 4)
        try await broker.loop.executeInContext { connection.pause(false) }
        #expect(reads() == true)
        try await other.say("OK")
        guard case .elements(_, isPaused: false) = queue.take(willWait: false) else {
            Issue.record("expected a reply")
            return
        }
        try await broker.loop.executeInContext { connection.close() }
    }

    @Test func `what was sent has left when flush returns`() async throws {
        let received = Shared(0)
        let script = Self.answered { frame in
            received.set(received.value + frame.data.count)
            return .send("OK 1\r\n")
        }
        let body = [UInt8](repeating: 7, count: 1 << 20)
        let error = try await outcome(script) { connection in
            let encoder = PublishEncoder(topic: "t")
            for _ in 1...16 {
                connection.send { buffer in body.withUnsafeBytes { encoder.write(body: $0, into: &buffer) } }
                #expect(connection.queuedBytes > body.count)
                connection.flush()
                #expect(connection.queuedBytes == 0)
            }
            while connection.unanswered > 0 { _ = try connection.next() }
            #expect(received.value == 16 << 20)
        }
        #expect(error == nil)
    }
}
