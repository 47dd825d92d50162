// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletService
import NIOCore
import NIOPosix

/// Accepts connections that speak the line protocol, on the event loops that it is handed, for the broker that it is
/// handed.
final class LineListener: Sendable {
    private let configuration: ServerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let registries: [ConnectionRegistry]
    private let counts = ConnectionCounts()
    private let log: NoticeLog
    /// What connections are secured with; nil when they are not.
    private let certificates: CertificateStore?

    init(
        _ configuration: ServerConfiguration, for service: BrokerService, on group: MultiThreadedEventLoopGroup,
        certificates: CertificateStore? = nil, log: NoticeLog
    ) {
        self.configuration = configuration
        self.certificates = certificates
        self.group = group
        self.log = log
        let counts = counts
        let (pending, users) = (PendingConnections(configuration), configuration.users)
        let memory = SharedMemory(configuration)
        let registries = group.makeIterator().map { loop in
            let route = service.makeRoute()
            let registry = ConnectionRegistry(
                eventLoop: loop, broker: route, counts: counts, memory: memory, users: users,
                traffic: service.traffic, pending: pending, log: log)
            service.connect(route) { registry.deliver($0) }
            return registry
        }
        self.registries = registries
        users.whenReplaced { for registry in registries { registry.reviewAccess() } }
    }

    /// Whether connections are secured.
    var isSecure: Bool { certificates != nil }

    /// Reads the certificates again, for connections to come.
    func reload() {
        guard let certificates else { return }
        log.tell(certificates.reload())
        if let warning = certificates.warning() { log.tell(warning) }
    }

    /// Begins to accept connections.
    func listen(on address: SocketAddress) async throws -> any Channel {
        let (configuration, registries, log, certificates) = (configuration, registries, log, certificates)
        let (counts, room) = (counts, DescriptorLimit.current.map { DescriptorLimit.room(in: $0).connections } ?? .max)
        // What one read brings is decrypted into memory that stays with its connection.
        let reads = certificates == nil ? (largest: 262_144, count: 4) : (largest: 65_536, count: 1)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptGate(log, hasRoom: { counts.hasRoom(limit: room) }))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 1 << 20)
            )
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 4_096, maximum: reads.largest)
            )
            .childChannelOption(.maxMessagesPerRead, value: UInt(reads.count))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let registry = registries.first(where: { $0.eventLoop === channel.eventLoop }) else {
                        preconditionFailure("a connection lives on an event loop of the server's group")
                    }
                    var secure: SecureSession?
                    let handler = registry.add(
                        limit: configuration.maxConnections, from: channel.remoteAddress
                    ) { id in
                        secure = certificates.map { SecureSession($0.context, configuration, registry.deadlines) }
                        return ConnectionHandler(
                            id: id, registry: registry, configuration: configuration, security: secure?.socket)
                    }
                    guard let handler else { throw ServerError(.configuration, "too many connections") }
                    if let secure { try channel.pipeline.syncOperations.addHandlers(secure.handlers) }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(to: address).get()
    }

    /// Publishes and other commands that were answered so far.
    func answered() async -> (publishes: UInt64, commands: UInt64) {
        var total = (publishes: UInt64(0), commands: UInt64(0))
        for registry in registries {
            guard let some = try? await registry.answeredSoFar().get() else { continue }
            total.publishes += some.publishes
            total.commands += some.commands
        }
        return total
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
