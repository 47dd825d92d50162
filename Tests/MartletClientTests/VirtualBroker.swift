// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore
import NIOEmbedded

@testable import MartletClient

/// The broker's end of connections without sockets, on a loop whose time stands still until a test moves it.
final class VirtualBroker: Sendable {
    let loop = NIOAsyncTestingEventLoop()
    private let channels = Lock<[NIOAsyncTestingChannel]>([])
    private let arrivals = AsyncStream.makeStream(of: NIOAsyncTestingChannel.self)

    /// Opens the connections of a client to this broker.
    var transport: Transport {
        Transport { [self] _, _, _ in
            let channel = NIOAsyncTestingChannel(loop: loop)
            return channel.register().flatMapThrowing { try SocketAddress(ipAddress: "127.0.0.1", port: 1) }
                .flatMap { channel.connect(to: $0) }
                .map { [self] in
                    arrivals.continuation.yield(channel)
                    return channel
                }
        }
    }

    /// A client's configuration for this broker; it comes back at once.
    var configuration: ClientConfiguration {
        var configuration = ClientConfiguration(addresses: [.init(host: "virtual")], name: "test")
        configuration.eventLoopGroup = loop
        configuration.backoff = ClientConfiguration.Backoff(least: .milliseconds(1), most: .milliseconds(1))
        return configuration
    }

    /// Runs a client of this broker while `body` runs.
    func with(
        _ configuration: ClientConfiguration? = nil, _ body: @Sendable (Client) async throws -> Void
    ) async throws {
        let client = try Client(configuration ?? self.configuration, logger: .silent, transport: transport)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            do {
                try await body(client)
            } catch {
                group.cancelAll()
                throw error
            }
            // Nothing but time ends a drain of which the broker does not hear.
            client.shutDown()
            await loop.advanceTime(by: .hours(1))
            await loop.advanceTime(by: .hours(1))
            for try await _ in group {}
        }
    }

    /// The next connection that a client opens.
    func next() async throws -> VirtualConnection {
        for await channel in arrivals.stream { return VirtualConnection(channel) }
        throw CancellationError()
    }
}

/// The broker's end of one connection.
final class VirtualConnection: Sendable {
    let channel: NIOAsyncTestingChannel
    private let text = Lock("")

    init(_ channel: NIOAsyncTestingChannel) { self.channel = channel }

    /// Waits for the next line that the client sends.
    func line() async throws -> String {
        while true {
            if let line = takeLine() { return line }
            add(try await channel.waitForOutboundWrite(as: ByteBuffer.self))
        }
    }

    /// The lines that the client has sent until now.
    func lines() async throws -> [String] {
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) { add(bytes) }
        var lines: [String] = []
        while let line = takeLine() { lines.append(line) }
        return lines
    }

    private func add(_ bytes: ByteBuffer) { text.withLock { $0 += String(buffer: bytes) } }

    private func takeLine() -> String? {
        text.withLock { text in
            guard let end = text.firstIndex(of: "\n") else { return nil }
            defer { text.removeSubrange(...end) }
            return String(text[..<end])
        }
    }

    /// Says something to the client.
    func say(_ line: String) async throws {
        try await channel.writeInbound(ByteBuffer(string: line + "\r\n"))
    }

    /// Takes the greeting and answers it.
    func greet(_ options: String = "heartbeat=30") async throws {
        let hello = try await line()
        guard hello.hasPrefix("HELLO 1 ") else { throw ClientError(.protocolViolation, "expected HELLO: \(hello)") }
        try await say("OK 1 virtual/1 session=s max-body=1048576 \(options)")
    }
}
