// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletLock
import NIOCore
import NIOPosix

/// One command as a client wrote it.
struct FakeFrame: Sendable {
    /// Which connection it came on, from 0.
    var connection: Int
    var line: String
    /// Headers and body, or the value.
    var data: [UInt8] = []

    var words: [String] { line.split(separator: " ").map(String.init) }
    var word: String { words.first ?? "" }
    /// The body as text.
    var body: String { String(decoding: data.dropFirst(Int(option("hdr") ?? "0") ?? 0), as: UTF8.self) }

    func option(_ name: String) -> String? {
        words.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

/// What a scripted server does with a command.
enum FakeAnswer: Sendable {
    case send(String)
    case sendAndDie(String)
    case die
    case silence

    static let greeting = FakeAnswer.send("OK 1 fake/1 session=s max-body=1048576 heartbeat=30\r\n")
}

/// A server on port 0 that answers each command as a closure says, and takes as many connections as come.
final class FakeServer: Sendable {
    typealias Script = @Sendable (FakeFrame) -> FakeAnswer

    /// What arrived, in its order.
    let frames: AsyncStream<FakeFrame>
    let port: Int
    private let listener: any Channel
    private let state: Connections

    fileprivate final class Connections: Sendable {
        let script: Script
        let frames: AsyncStream<FakeFrame>.Continuation
        let channels = Lock<[any Channel]>([])

        init(_ script: @escaping Script, _ frames: AsyncStream<FakeFrame>.Continuation) {
            self.script = script
            self.frames = frames
        }
    }

    private init(_ script: @escaping Script) async throws {
        let (frames, continuation) = AsyncStream.makeStream(of: FakeFrame.self)
        self.frames = frames
        let state = Connections(script, continuation)
        self.state = state
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = state.channels.withLock { channels in
                        channels.append(channel)
                        return channels.count - 1
                    }
                    try channel.pipeline.syncOperations.addHandler(FakeConnection(number, state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    /// Runs a server while `body` runs.
    static func with<Result>(
        _ script: @escaping Script, _ body: (FakeServer) async throws -> Result
    ) async throws -> Result {
        let server = try await FakeServer(script)
        do {
            let result = try await body(server)
            try await server.end()
            return result
        } catch {
            try await server.end()
            throw error
        }
    }

    private func end() async throws {
        try await listener.close()
        for channel in state.channels.withLock({ $0 }) { try? await channel.close() }
        state.frames.finish()
    }

    /// How many connections came so far.
    var connections: Int { state.channels.withLock { $0.count } }

    /// Says something on a connection without being asked.
    func send(_ text: String, on connection: Int = 0) async throws {
        let channel = state.channels.withLock { $0[connection] }
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Ends a connection.
    func kill(_ connection: Int) async throws {
        let channel = state.channels.withLock { $0[connection] }
        try? await channel.close()
    }

    /// A client's configuration for this server and, after it, others.
    func configuration(and others: FakeServer...) -> ClientConfiguration {
        var configuration = ClientConfiguration(
            addresses: ([self] + others).map { ClientConfiguration.Address(host: "127.0.0.1", port: $0.port) },
            name: "test")
        configuration.backoff = ClientConfiguration.Backoff(least: .milliseconds(1), most: .milliseconds(2))
        return configuration
    }
}

/// Cuts what a client writes into commands and plays the script.
private final class FakeConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let number: Int
    private let state: FakeServer.Connections
    private var buffer = ByteBuffer()
    private var isDead = false

    init(_ number: Int, _ state: FakeServer.Connections) {
        self.number = number
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        buffer.writeImmutableBuffer(unwrapInboundIn(data))
        while !isDead, let frame = next() {
            state.frames.yield(frame)
            switch state.script(frame) {
            case .send(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .sendAndDie(let text):
                isDead = true
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                    .whenComplete { _ in channel.close(promise: nil) }
            case .die:
                isDead = true
                context.close(promise: nil)
            case .silence: break
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func next() -> FakeFrame? {
        guard let length = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")).map({ $0 - buffer.readerIndex }),
            let line = buffer.getString(at: buffer.readerIndex, length: length)
        else { return nil }
        var frame = FakeFrame(connection: number, line: line)
        let field = ["PUB": 2, "SET": 3][frame.word]
        let size = field.map { (Int(frame.words[$0]) ?? 0) + (Int(frame.option("hdr") ?? "0") ?? 0) + 1 } ?? 0
        guard buffer.readableBytes >= length + 1 + size else { return nil }
        buffer.moveReaderIndex(forwardBy: length + 1)
        if size > 0 {
            frame.data = Array(buffer.readBytes(length: size)?.dropLast() ?? [])
        }
        return frame
    }
}

extension AsyncStream.Iterator where Element == FakeFrame {
    /// The next command with a word, passing over others.
    mutating func next(_ word: String, isolation: isolated (any Actor)? = #isolation) async -> FakeFrame? {
        while let frame = await next(isolation: isolation) {
            if frame.word == word { return frame }
        }
        return nil
    }
}

/// A value that tasks share.
final class Shared<Value: Sendable>: Sendable {
    private let state: Lock<Value>

    init(_ value: Value) { state = Lock(value) }

    var value: Value { state.withLock { $0 } }

    func set(_ value: Value) { state.withLock { $0 = value } }
}

extension Logger {
    /// A logger that says nothing.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Waits until something that other tasks bring about is so.
func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}
