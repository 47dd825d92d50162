// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Hands what one connection brings to the link, and tells it once when the connection is over.
final class ConversationHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: Link
    /// Which of the link's connections this is, so that a late event of an old one is not taken for the new one's.
    private let generation: Int
    private var failure: (any Error)?

    init(link: Link, generation: Int) {
        self.link = link
        self.generation = generation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        link.received(unwrapInboundIn(data), generation: generation)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        link.readCompleted(generation: generation)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.connectionEnded(
            ClientError(.connectionLost, "the connection to the broker ended", cause: failure), generation: generation)
        context.fireChannelInactive()
    }
}
