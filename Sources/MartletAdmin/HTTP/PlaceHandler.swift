// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Tells of a connection that takes a place, says something and goes.
///
/// It stands behind the one that reads HTTP: what it hears of is whole.
final class PlaceHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let places: ConnectionPlaces

    init(_ places: ConnectionPlaces) { self.places = places }

    func channelActive(context: ChannelHandlerContext) {
        places.enter(context.channel)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        places.heard(context.channel)
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        places.leave(context.channel)
        context.fireChannelInactive()
    }
}
