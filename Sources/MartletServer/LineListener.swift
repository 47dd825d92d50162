// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletService
import NIOCore
import NIOPosix

/// Accepts connections that speak the line protocol, on the event loops that it is handed, for the broker that it is
/// handed.
final class LineListener: Sendable {
    private let configuration: ServerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let registries: [ConnectionRegistry]

    init(
        _ configuration: ServerConfiguration, for service: BrokerService, on group: MultiThreadedEventLoopGroup,
        logger: Logger
    ) {
        self.configuration = configuration
        self.group = group
        let counts = ConnectionCounts()
        registries = group.makeIterator().map { loop in
            let route = service.makeRoute()
            let registry = ConnectionRegistry(eventLoop: loop, broker: route, counts: counts, logger: logger)
            service.connect(route) { registry.deliver($0) }
            return registry
        }
    }

    /// Begins to accept connections.
    func listen() async throws -> any Channel {
        let (configuration, registries) = (configuration, registries)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 1 << 20)
            )
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 4_096, maximum: 262_144)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let registry = registries.first(where: { $0.eventLoop === channel.eventLoop }) else {
                        preconditionFailure("a connection lives on an event loop of the server's group")
                    }
                    let handler = registry.add(limit: configuration.maxConnections) { id in
                        ConnectionHandler(id: id, registry: registry, configuration: configuration)
                    }
                    guard let handler else { throw ServerError(.configuration, "too many connections") }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: configuration.host, port: configuration.port).get()
    }

    /// Keeps back everything that the broker says from now on.
    func silence() async {
        for registry in registries { try? await registry.silence().get() }
    }

    /// Closes all connections once they have taken what was said to them.
    func endAll(on loop: any EventLoop) -> EventLoopFuture<Void> {
        .andAllComplete(registries.map { $0.endAll() }, on: loop)
    }

    /// Closes all connections at once.
    func closeAll() {
        for registry in registries { registry.closeAll() }
    }
}
