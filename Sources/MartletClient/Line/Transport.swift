// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// How the channel under a connection is opened; tests open one without a socket.
struct Transport: Sendable {
    /// Opens a channel to an address, with what the configuration secures it with.
    var open:
        @Sendable (ClientConfiguration.Address, ClientConfiguration, any EventLoop) -> EventLoopFuture<any Channel>

    /// TCP, with the configuration's `secure` in front of what is sent and read.
    static let tcp = Transport { address, configuration, loop in
        let secure = configuration.secure
        return ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(configuration.connectTimeout.milliseconds))
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try secure?(channel) } }
            .connect(host: address.host, port: address.port)
    }
}
