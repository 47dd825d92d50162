// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Holds the broker's thread and the event loops together while the server runs.
final class BrokerHost: Sendable {
    private let configuration: ServerConfiguration
    private let core: BrokerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let thread: BrokerThread
    private let registries: [ConnectionRegistry]
    private let opened: EventLoopPromise<Void>
    private let stopped: EventLoopPromise<(any Error)?>

    init(
        configuration: ServerConfiguration, core: BrokerConfiguration, group: MultiThreadedEventLoopGroup,
        clock: @escaping @Sendable () -> Moment, logger: Logger
    ) {
        self.configuration = configuration
        self.core = core
        self.group = group
        let opened = group.any().makePromise(of: Void.self)
        let stopped = group.any().makePromise(of: (any Error)?.self)
        let delivery = DeliveryRoute()
        thread = BrokerThread(
            clock: clock,
            callbacks: BrokerThread.Callbacks(
                deliver: { delivery.deliver($0) },
                opened: { result in opened.completeWith(result.mapError { $0 as any Error }) },
                stopped: { stopped.succeed($0) }))
        let counts = ConnectionCounts()
        var registries: [ConnectionRegistry] = []
        for (index, loop) in group.makeIterator().enumerated() {
            registries.append(
                ConnectionRegistry(
                    eventLoop: loop, index: index, broker: BrokerIntake(thread), counts: counts, logger: logger))
        }
        self.registries = registries
        delivery.set(registries)
        self.opened = opened
        self.stopped = stopped
    }

    /// Opens the store on the broker's thread.
    func open() async throws {
        thread.start(core, seed: .random(in: .min ... .max))
        do {
            try await opened.futureResult.get()
        } catch {
            stopped.succeed(nil)
            throw ServerError(.store, "\(error)")
        }
    }

    /// Begins to accept connections.
    func listen() async throws -> any Channel {
        let (configuration, registries, group) = (configuration, registries, group)
        let loops = Array(group.makeIterator())
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
                    guard let index = loops.firstIndex(where: { $0 === channel.eventLoop }) else {
                        preconditionFailure("a connection lives on an event loop of the server's group")
                    }
                    let registry = registries[index]
                    let handler = registry.add(limit: configuration.maxConnections) { id in
                        ConnectionHandler(id: id, registry: registry, configuration: configuration)
                    }
                    guard let handler else { throw ServerError(.configuration, "too many connections") }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: configuration.host, port: configuration.port).get()
    }

    /// Waits until the server is told to stop, or until the store fails; then gives the store's error.
    func end() async -> (any Error)? {
        let end = group.any().makePromise(of: (any Error)?.self)
        stopped.futureResult.whenSuccess { end.succeed($0) }
        return await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                (try? await end.futureResult.get()) ?? nil
            } onGracefulShutdown: {
                end.succeed(nil)
            }
        } onCancel: {
            end.succeed(nil)
        }
    }

    /// Makes the broker's thread look at its clock.
    @Sendable func wake() {
        thread.wake()
    }

    /// Ends as if the process were killed: nothing more is written, and the broker is not told that connections end.
    func cut() async {
        for registry in registries { try? await registry.silence().get() }
        thread.put(.stopping)
        for registry in registries { registry.closeAll() }
        _ = try? await stopped.futureResult.get()
    }

    /// Confirms what was taken, says goodbye and closes all connections.
    func stop(within limit: TimeAmount) async {
        thread.put(.stopping)
        let loop = group.any()
        let deadline = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: limit) { deadline.succeed() }
        let registries = registries
        stopped.futureResult
            .flatMap { _ in .andAllComplete(registries.map { $0.endAll() }, on: loop) }
            .whenComplete { _ in
                timer.cancel()
                deadline.succeed()
            }
        try? await deadline.futureResult.get()
        for registry in registries { registry.closeAll() }
    }
}
