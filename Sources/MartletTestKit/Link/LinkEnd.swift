// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The handler of one of the sockets.
final class LinkEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let side: FrameSide
    private let connection: LinkConnection
    private var context: ChannelHandlerContext?
    private var isReadHeld = false

    init(_ side: FrameSide, _ connection: LinkConnection) {
        self.side = side
        self.connection = connection
    }

    /// Reads on, if that was held back and may go on.
    func resume() {
        guard let context, isReadHeld, connection.mayRead(side) else { return }
        isReadHeld = false
        context.read()
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        connection.opened(side, self, context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        connection.gone(side)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.read(unwrapInboundIn(data), from: side)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { connection.ended(side) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection.writabilityChanged(side)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if connection.mayRead(side) {
            context.read()
        } else {
            isReadHeld = true
        }
    }
}
