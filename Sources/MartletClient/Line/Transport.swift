// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// How the channel under a connection is opened; tests open one without a socket.
struct Transport: Sendable {
    /// Opens a channel to an address, with what the configuration secures it with.
    var open:
        @Sendable (ClientConfiguration.Address, ClientConfiguration, any EventLoop) -> EventLoopFuture<any Channel>

    /// TCP, with TLS in front of what is sent and read when the configuration asks for it.
    static let tcp = Transport { address, configuration, loop in
        guard let tls = configuration.tls else { return connect(address, configuration, loop, nil) }
        // Files are not read on an event loop.
        return NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try SecureContext(tls) }
            .flatMap { connect(address, configuration, loop, $0) }
    }

    private static func connect(
        _ address: ClientConfiguration.Address, _ configuration: ClientConfiguration, _ loop: any EventLoop,
        _ context: SecureContext?
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(configuration.connectTimeout.milliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    configuration.onConnect?(channel)
                    guard let context else { return }
                    try channel.pipeline.syncOperations.addHandler(context.makeHandler(host: address.host))
                }
            }
            .connect(host: address.host, port: address.port)
    }
}
