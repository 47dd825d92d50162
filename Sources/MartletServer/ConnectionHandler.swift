// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletProtocol
import MartletService
import NIOCore

/// Owns one socket that speaks the line protocol: it feeds a `ConnectionState` and does what that says.
///
/// It lives on its event loop, never blocks and knows nothing of topics.
final class ConnectionHandler: ChannelDuplexHandler, ConnectionPeer {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let id: ConnectionID
    private let registry: ConnectionRegistry
    private let broker: BrokerRoute
    /// What secures the connection; nil when nothing does.
    private let security: (any ConnectionSecurity)?
    private var state: ConnectionState
    private var context: ChannelHandlerContext?
    private lazy var deadline = DeadlineQueue.Deadline { [weak self] in self?.check() }

    init(
        id: ConnectionID, registry: ConnectionRegistry, configuration: ServerConfiguration,
        security: (any ConnectionSecurity)? = nil
    ) {
        self.id = id
        self.registry = registry
        self.security = security
        broker = registry.broker
        state = ConnectionState(
            id: id, configuration: configuration, pool: broker.pool, memory: registry.memory, idKey: broker.idKey(),
            at: registry.eventLoop.now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        let address = context.remoteAddress
        state.opened(isLocal: address?.isLocal ?? false, from: address?.ipAddress, at: context.eventLoop.now)
        setDeadline()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if state.gone() { broker.put(.disconnected(id)) }
        setDeadline()
        registry.remove(id, state.closeReason)
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        registry.traffic.received(buffer.readableBytes)
        switch state.received(&buffer, at: context.eventLoop.now) {
        case .nothing: break
        case .greeting(let greeting): greet(greeting, context)
        case .refusal(let error): refuse(error, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let batch = state.readCompleted() { broker.put(.commands(batch)) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if state.allowsRead() { return context.read() }
        if state.isCrowdedOut { registry.awaitRoom(id) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: perform(state.inputClosed(), context)
        case let failure as SecurityFailure: state.giveUp(failure.reason)
        case let certificate as PresentedCertificate: state.presented(certificate: certificate.name)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func greet(_ greeting: ConnectionState.Greeting, _ context: ChannelHandlerContext) {
        let session = registry.newSession()
        registry.admitted(id)
        broker.put(
            .connected(
                id, client: greeting.client, session: session, resuming: greeting.resuming, access: greeting.access))
        if greeting.resuming == nil { say(state.welcome(session), context) }
        // The watch now goes by the heartbeat.
        setDeadline()
    }

    func deliver(_ outbox: Outbox) {
        guard let context, state.phase != .closing else { return }
        var encoder = OutboxEncoder { self.state.welcome($0) }
        let last = encoder.encode(outbox, context.channel.allocator) { buffer in
            self.count(buffer)
            // TLS makes one buffer of all that is flushed together, which would be held until its last byte is taken.
            if self.security != nil {
                context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
            } else {
                context.write(self.wrapOutboundOut(buffer), promise: nil)
            }
        }
        write(last, context, wantsDrained: outbox.wantsDrained)
        registry.answered(publishes: encoder.publishes, commands: encoder.commands)
        let actions = state.answered(
            publishes: encoder.publishes, commands: encoder.commands, closes: encoder.closes,
            at: context.eventLoop.now)
        perform(actions, context)
    }

    func end() {
        if let context { perform(state.end(), context) }
    }

    func abort() {
        if let context { close(context) }
    }

    /// Closes at once, whatever waits for the socket.
    private func close(_ context: ChannelHandlerContext) {
        if let security { security.abort() } else { context.close(promise: nil) }
    }

    func granted() {
        if let context { perform(state.granted(at: context.eventLoop.now), context) }
    }

    func frameIsLate() {
        guard let context, case .refusal(let error) = state.frameIsLate() else { return }
        refuse(error, context)
        setDeadline()
    }

    func uncrowded() {
        if let context { perform(state.uncrowded(at: context.eventLoop.now), context) }
    }

    func look() -> UntakenMemory {
        guard let context else { return UntakenMemory(connection: id, bytes: 0, idle: .zero) }
        return state.look(waiting: waiting(context), at: context.eventLoop.now)
    }

    func reviewAccess() {
        guard let context, state.loses() else { return }
        say("BYE reason=access", context)
        perform(state.inputClosed(), context)
    }

    func giveUp(_ reason: CloseReason) {
        state.giveUp(reason)
        abort()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        perform(state.writabilityChanged(context.channel.isWritable, at: context.eventLoop.now), context)
        context.fireChannelWritabilityChanged()
    }

    private func perform(_ actions: ConnectionState.Actions, _ context: ChannelHandlerContext) {
        if let batch = actions.batch { broker.put(.commands(batch)) }
        switch actions.close {
        case .output: closeOutput(context)
        case .all: close(context)
        case nil: break
        }
        if actions.reads { context.read() }
        if state.isCrowdedOut { registry.awaitRoom(id) }
    }

    private func refuse(_ error: Refusal, _ context: ChannelHandlerContext) {
        registry.traffic.refuse(error.code)
        // Before the handshake is done nothing can be said.
        if security?.isEstablished == false { return close(context) }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        ReplyEncoder.error(error, into: &buffer)
        write(buffer, context)
        closeOutput(context)
    }

    private func say(_ line: String, _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        ReplyEncoder.line(line, into: &buffer)
        write(buffer, context)
    }

    private func write(_ buffer: ByteBuffer, _ context: ChannelHandlerContext, wantsDrained: Bool = false) {
        count(buffer)
        if wantsDrained {
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenSuccess { [broker, id] in broker.put(.drained(id)) }
            context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        } else {
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        // What TLS makes of it is what waits for the socket.
        security?.takeWritten { bytes, memory in state.writes(bytes, memory: memory) }
        if state.wrote(waiting: waiting(context), at: context.eventLoop.now) { return close(context) }
        registry.memory.outbound.relieve()
    }

    /// Notes a buffer that is written, for this connection only if it goes to the socket as it is.
    private func count(_ buffer: ByteBuffer) {
        registry.traffic.wrote(buffer.readableBytes)
        if security == nil { state.writes(buffer.readableBytes, memory: buffer.storageCapacity) }
    }

    /// Bytes that were written and that the socket has not taken.
    private func waiting(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func closeOutput(_ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            guard let self, let context = self.context else { return }
            state.outputClosed(at: context.eventLoop.now)
            setDeadline()
        }
        context.close(mode: .output, promise: written)
    }

    /// Sets the one deadline of the connection.
    private func setDeadline() {
        registry.deadlines.set(deadline, to: state.nextCheck)
    }

    private func check() {
        guard let context else { return }
        switch state.check(at: context.eventLoop.now, waiting: waiting(context)) {
        case .fine: break
        case .ping: say("PING", context)
        case .lost: return close(context)
        case .refusal(let error): refuse(error, context)
        }
        setDeadline()
    }
}
