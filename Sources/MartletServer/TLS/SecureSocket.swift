// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// What stands between the TLS handler and the socket.
///
/// It counts what really waits for the socket, ends handshakes that take too long, answers a client that speaks no TLS
/// in a line that it can read, and has what was written leave before the socket is closed, which the TLS handler would
/// not wait for.
final class SecureSocket: ChannelDuplexHandler, ConnectionSecurity {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private(set) var isEstablished = false
    private let handshakeTimeout: TimeAmount
    private let deadlines: DeadlineQueue
    private var context: ChannelHandlerContext?
    /// The end of the handshake, then of what is left to be said.
    private lazy var deadline = DeadlineQueue.Deadline { [weak self] in self?.timeHasCome() }
    private var written: [(bytes: Int, memory: Int)] = []
    private var isFirstRead = true
    /// Whether nothing more is read, and the socket is closed once it has taken what was written.
    private var isEnding = false
    private var isOutputClosed = false
    private var isInputClosed = false

    init(handshakeTimeout: TimeAmount, _ deadlines: DeadlineQueue) {
        self.handshakeTimeout = handshakeTimeout
        self.deadlines = deadlines
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        deadlines.set(deadline, to: context.eventLoop.now + handshakeTimeout)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadlines.set(deadline, to: nil)
        self.context = nil
        context.fireChannelInactive()
    }

    /// The handshake is done.
    func established() {
        deadlines.set(deadline, to: nil)
        isEstablished = true
    }

    private func timeHasCome() {
        if !isEnding { context?.fireUserInboundEventTriggered(SecurityFailure(reason: .noHandshake)) }
        abort()
    }

    // MARK: - Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        if isFirstRead {
            isFirstRead = false
            if !Self.isHandshake(unwrapInboundIn(data)) { return refusePlaintext(context) }
        }
        context.fireChannelRead(data)
    }

    /// Whether the first bytes of a client begin a handshake of TLS, with which no line of the protocol can begin.
    static func isHandshake(_ buffer: ByteBuffer) -> Bool {
        buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == 22
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            isInputClosed = true
            if isEnding, isOutputClosed { return abort() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func refusePlaintext(_ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(SecurityFailure(reason: .plaintext))
        var buffer = context.channel.allocator.buffer(capacity: 128)
        ReplyEncoder.error(Refusal(.helloRequired, "this port speaks TLS; use martlets://"), into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        end(context, nil)
    }

    // MARK: - Output

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let buffer = unwrapOutboundIn(data)
        written.append((buffer.readableBytes, buffer.storageCapacity))
        context.write(data, promise: promise)
    }

    func takeWritten(_ tell: (_ bytes: Int, _ memory: Int) -> Void) {
        for buffer in written { tell(buffer.bytes, buffer.memory) }
        written.removeAll(keepingCapacity: true)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The TLS handler closes when nothing more is to be said, and before the socket has taken all of it.
        if mode == .all { return end(context, promise) }
        context.close(mode: mode, promise: promise)
    }

    /// Closes the output behind what was written, and the rest a moment later, so that unread input takes nothing back.
    private func end(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard !isEnding else {
            promise?.succeed()
            return
        }
        isEnding = true
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            // Whether it was closed now or before: nothing more waits.
            promise?.succeed()
            guard let self else { return }
            isOutputClosed = true
            if isInputClosed { return abort() }
            if let context = self.context {
                deadlines.set(deadline, to: context.eventLoop.now + ConnectionState.linger)
            }
        }
        context.close(mode: .output, promise: closed)
    }

    func abort() {
        deadlines.set(deadline, to: nil)
        context?.close(mode: .all, promise: nil)
    }
}
