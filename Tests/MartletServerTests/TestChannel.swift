// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletLock
import MartletModel
import MartletService
import MartletStore
import NIOCore
import NIOEmbedded

@testable import MartletBroker
@testable import MartletServer

/// A handler in a channel without a socket, on an event loop whose time a test moves.
final class TestChannel {
    let loop = EmbeddedEventLoop()
    let socket = TestSocket()
    let registry: ConnectionRegistry
    let id: ConnectionID
    private let channel: EmbeddedChannel
    private let broker = RecordingBroker()

    /// What was logged.
    let lines = RecordedLines()

    init(
        _ configuration: ServerConfiguration = ServerConfiguration(), security: (any ConnectionSecurity)? = nil
    ) throws {
        registry = ConnectionRegistry(
            eventLoop: loop, broker: broker.route(0), counts: ConnectionCounts(), memory: SharedMemory(configuration),
            log: NoticeLog(lines.logger, on: loop))
        var made: ConnectionID?
        let handler = registry.add(limit: 1) { [registry] id in
            made = id
            return ConnectionHandler(id: id, registry: registry, configuration: configuration, security: security)
        }
        guard let handler, let made else { preconditionFailure("the first connection is within the limit") }
        id = made
        channel = EmbeddedChannel(loop: loop)
        try channel.pipeline.syncOperations.addHandlers(socket, handler)
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/test"), promise: nil)
    }

    /// What the broker was told since this was asked last.
    func told() -> [String] { broker.take() }

    /// What was written since this was asked last.
    func written() throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    var isOpen: Bool { channel.isActive }

    /// One read of the channel.
    func receive(_ text: String) throws {
        channel.pipeline.fireChannelRead(ByteBuffer(string: text))
        channel.pipeline.fireChannelReadComplete()
        channel.pipeline.read()
    }

    /// The client sends nothing more.
    func inputClosed() { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }

    /// The channel takes output, or does not.
    func writable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The broker says something to the connection.
    func deliver(wantsDrained: Bool = false, _ items: Outbox.Item...) {
        let outbox = Outbox(id)
        for item in items { outbox.add(item) }
        outbox.wantsDrained = wantsDrained
        deliver(outbox)
    }

    /// The broker says something to the connection.
    func deliver(_ reply: Reply) {
        let outbox = Outbox(id)
        outbox.add(reply)
        deliver(outbox)
    }

    /// The broker delivers a message so many times.
    func deliver(_ message: MessageFields, times: Int) {
        var slab = ByteSlab(capacity: 1_024)
        let size = StoredMessage.append(message, to: &slab)
        let segment = Segment(topic: 1, base: 1, total: 0, packLimit: Pack.largest)
        segment.append(messages: slab.bytes, time: 1)
        let outbox = Outbox(id)
        let place = outbox.place(of: segment)
        for number in 1...UInt64(times) {
            outbox.add(
                Delivery(
                    consumer: 1, tag: number, offset: 1, time: 1, attempt: 1, segment: place, start: Pack.headerSize,
                    size: size))
        }
        deliver(outbox)
    }

    private func deliver(_ outbox: Outbox) {
        registry.deliver([outbox])
        loop.run()
    }

    func close() { channel.close(promise: nil) }
}

/// The part of a channel that an `EmbeddedChannel` has not: an output that closes alone, and one that takes nothing.
final class TestSocket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether nothing that is written is taken.
    var isStuck = false
    /// Whether the output was closed.
    private(set) var isOutputClosed = false
    /// How often it was to be read.
    private(set) var reads = 0
    /// How often what was written was to leave.
    private(set) var flushes = 0

    func read(context: ChannelHandlerContext) { reads += 1 }

    func flush(context: ChannelHandlerContext) {
        flushes += 1
        if !isStuck { context.flush() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        isOutputClosed = true
        promise?.succeed()
    }
}

/// A broker that remembers what it is told, in words.
final class RecordingBroker: Sendable {
    private let words = Lock<[String]>([])
    /// Bytes of messages that were taken up.
    let taken = Lock(0)

    func route(_ number: Int) -> BrokerRoute {
        BrokerRoute(
            number: number, pool: BatchPool(), idKey: { 1 },
            put: { input in
                let word = Self.word(input)
                self.words.withLock { $0.append(word) }
            },
            took: { bytes in self.taken.withLock { $0 += bytes } })
    }

    func take() -> [String] {
        words.withLock { words in
            defer { words = [] }
            return words
        }
    }

    private static func word(_ input: Input) -> String {
        switch input {
        case .connected(_, let client, let session, let resuming, _):
            "\(client) connected\(session.isEmpty ? " without session" : "")\(resuming.map { " again: \($0)" } ?? "")"
        case .disconnected: "disconnected"
        case .drained: "drained"
        case .commands(let batch): "commands: \(batch.items.count)"
        case .stopping: "stopping"
        }
    }
}
