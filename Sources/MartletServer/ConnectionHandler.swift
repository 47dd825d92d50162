// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
import MartletProtocol
import NIOCore

/// Owns one socket: cuts what arrives into commands for the broker, and writes what the broker says.
///
/// It lives on its event loop, never blocks and knows nothing of topics.
final class ConnectionHandler: ChannelDuplexHandler, BrokerPeer {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the conversation has come to.
    private enum Phase {
        /// Nothing has been said; goes on to `open` or `closing`.
        case new
        /// Commands are read; goes on to `ending` or `closing`.
        case open
        /// The client says nothing more, but waits for replies; goes on to `closing`.
        case ending
        /// Whatever arrives is thrown away, until the socket is closed.
        case closing
    }

    private let id: ConnectionID
    private let registry: ConnectionRegistry
    private let configuration: ServerConfiguration
    private var phase = Phase.new
    private var decoder: FrameDecoder
    private var receiver: BatchReceiver
    private var rest = ByteBuffer()
    private var isReadHeld = false
    private var isDecoding = false
    private var context: ChannelHandlerContext?
    private var watch: ConnectionWatch
    /// The heartbeat agreed on, in seconds.
    private var heartbeat: UInt64 = 0

    init(id: ConnectionID, registry: ConnectionRegistry, configuration: ServerConfiguration) {
        self.id = id
        self.registry = registry
        self.configuration = configuration
        decoder = FrameDecoder(maxBody: configuration.maxBody)
        receiver = BatchReceiver(
            connection: id, pool: registry.broker.pool, seal: registry.broker.seal(),
            limits: Backpressure.Limits(publishes: configuration.maxUnansweredPublishes))
        watch = ConnectionWatch(configuration)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        watch.start(context.eventLoop) { [weak self] in self?.check() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase != .new { registry.broker.put(.disconnected(id)) }
        phase = .closing
        watch.stop()
        registry.remove(id)
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    // MARK: - Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        watch.heard()
        guard phase == .new || phase == .open else { return }
        if rest.readableBytes == 0 {
            isDecoding = true
            decode(&buffer, context)
            isDecoding = false
            if buffer.readableBytes > 0 {
                rest.clear()
                rest.writeBuffer(&buffer)
            }
        } else {
            rest.writeBuffer(&buffer)
            decodeRest(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOver()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if phase == .open, !receiver.wantsMore {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        switch phase {
        case .new, .closing: context.close(promise: nil)
        case .open, .ending:
            phase = .ending
            closeIfAnswered()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        receiver.isWritable = context.channel.isWritable
        resume(context)
        if phase == .ending { closeIfAnswered() }
        context.fireChannelWritabilityChanged()
    }

    private func decodeRest(_ context: ChannelHandlerContext) {
        guard !isDecoding else { return }
        // What is decoded may close this connection or let it go on, both of which look at the rest.
        isDecoding = true
        var buffer = ByteBuffer()
        swap(&buffer, &rest)
        decode(&buffer, context)
        isDecoding = false
        guard phase == .new || phase == .open || phase == .ending else { return }
        if buffer.readableBytes == 0 {
            // A large message shall not leave its memory behind.
            if buffer.capacity > 64 * 1_024 { buffer = ByteBuffer() } else { buffer.clear() }
        } else if buffer.readerIndex > 64 * 1_024 {
            buffer.discardReadBytes()
        }
        rest = buffer
    }

    private func decode(_ buffer: inout ByteBuffer, _ context: ChannelHandlerContext) {
        let (consumed, fatal) = buffer.withUnsafeReadableBytes { decoder.decode($0, into: &receiver) }
        buffer.moveReaderIndex(forwardBy: consumed)
        if let hello = receiver.takeHello() { greet(hello, context) }
        guard phase != .closing else { return buffer.clear() }
        if receiver.isEnded {
            buffer.clear()
            handOver()
            phase = .ending
        }
        guard let fatal else { return }
        buffer.clear()
        if phase == .new {
            send(context) { ReplyEncoder.error(fatal, into: &$0) }
            close(context)
        } else {
            assert(fatal.closes)
            receiver.add(.closing(Refusal(fatal)))
            handOver()
            phase = .ending
        }
    }

    private func handOver() {
        guard let batch = receiver.takeBatch() else { return }
        registry.broker.put(.commands(batch))
    }

    // MARK: - The conversation

    private func greet(_ hello: Hello, _ context: ChannelHandlerContext) {
        if hello.heartbeat == 0, !configuration.allowNoHeartbeat {
            let error = ProtocolError(.denied, "heartbeat: expected 1 or more seconds, 0 is not allowed here")
            send(context) { ReplyEncoder.error(error, into: &$0) }
            return close(context)
        }
        phase = .open
        let seconds = hello.heartbeat ?? UInt64(configuration.heartbeat / 1_000)
        watch.greeted(heartbeat: Int64(seconds) * 1_000)
        heartbeat = seconds
        let session = registry.newSession()
        let name = hello.client ?? ""
        let client = name.isEmpty ? "connection-\(id.value)" : name
        registry.broker.put(.connected(id, client: client, session: session, resuming: hello.session))
        // Only the broker knows whether it has the session that is asked for, and answers then.
        guard hello.session == nil else { return receiver.backpressure.tookCommand() }
        send(context) { ReplyEncoder.line(welcome(session), into: &$0) }
    }

    private func welcome(_ session: String) -> String {
        "OK 1 martlet/\(Server.version) session=\(session) max-body=\(configuration.maxBody) heartbeat=\(heartbeat)"
    }

    func deliver(_ outbox: Outbox) {
        guard let context, phase != .closing else { return }
        var encoder = OutboxEncoder { self.welcome($0) }
        var buffer = context.channel.allocator.buffer(capacity: 1_024 + 256 * outbox.deliveries.count)
        encoder.encode(outbox, into: &buffer)
        receiver.backpressure.answered(publishes: encoder.publishes)
        receiver.backpressure.answered(commands: encoder.commands)
        write(buffer, context, wantsDrained: outbox.wantsDrained)
        if encoder.closes { return close(context) }
        resume(context)
        if phase == .ending { closeIfAnswered() }
    }

    /// Goes on with what was left unread while too much was unanswered.
    private func resume(_ context: ChannelHandlerContext) {
        guard phase != .closing, receiver.wantsMore else { return }
        if rest.readableBytes > 0 {
            decodeRest(context)
            handOver()
        }
        if isReadHeld, phase == .open, receiver.wantsMore {
            isReadHeld = false
            context.read()
        }
    }

    private func closeIfAnswered() {
        guard let context, receiver.backpressure.isIdle,
            receiver.isEnded || rest.readableBytes == 0 || receiver.wantsMore
        else { return }
        close(context)
    }

    // MARK: - Writing

    private func send(_ context: ChannelHandlerContext, _ encode: (inout ByteBuffer) -> Void) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        encode(&buffer)
        write(buffer, context, wantsDrained: false)
    }

    private func write(_ buffer: ByteBuffer, _ context: ChannelHandlerContext, wantsDrained: Bool) {
        if wantsDrained {
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenSuccess { [registry, id] in registry.broker.put(.drained(id)) }
            context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        } else {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        watch.sent(buffer.readableBytes, waiting: waiting)
        if waiting > configuration.maxOutboundBytes + buffer.readableBytes {
            registry.logger.warning("closed: does not read what it asked for", metadata: ["connection": "\(id.value)"])
            context.close(promise: nil)
        }
    }

    /// Ends the conversation so that the peer gets the last line even while it is still sending.
    private func close(_ context: ChannelHandlerContext) {
        guard phase != .closing else { return }
        phase = .closing
        rest = ByteBuffer()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            // Closing over input that nobody has read would take back what the peer has not read.
            self?.context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in
                self?.context?.close(promise: nil)
            }
        }
        context.close(mode: .output, promise: written)
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    func end() {
        if let context { close(context) }
    }

    func abort() {
        context?.close(promise: nil)
    }

    // MARK: - Watching

    private func check() {
        guard let context else { return }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        // A peer that is not listened to cannot be called silent.
        if phase == .open, isReadHeld || !receiver.wantsMore { watch.heard() }
        switch watch.verdict(isGreeted: phase != .new, waiting: waiting) {
        case .fine: watch.again()
        case .ping:
            send(context) { ReplyEncoder.line("PING", into: &$0) }
            watch.again()
        case .silent, .stalled:
            context.close(promise: nil)
        case .noHello:
            let error = ProtocolError(.helloRequired, "expected HELLO 1 as the first line")
            send(context) { ReplyEncoder.error(error, into: &$0) }
            close(context)
        }
    }
}
