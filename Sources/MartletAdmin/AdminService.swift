// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import HummingbirdCore
package import Logging
import MartletBroker
import MartletLock
import MartletModel
package import MartletService
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The administration of a broker over HTTP: health, metrics, JSON and the console.
///
/// It has a thread of its own and asks the broker as any client does, so it keeps no client waiting.
package final class AdminService: Service {
    /// How long a stop waits for answers under way, in milliseconds.
    private static let grace = 1_000

    private let configuration: AdminConfiguration
    private let version: String
    private let logger: Logger
    private let authenticate: Authenticate?
    private let hasUsers: @Sendable () -> Bool
    private let onStart: @Sendable (Int) -> Void
    private let broker = AsyncStream.makeStream(of: BrokerService.self)

    /// Makes an administration that waits for its broker.
    ///
    /// - Parameters:
    ///   - version: the broker's, for the description of the interface.
    ///   - authenticate: whom a token names; without it there are no users, and anyone who asks may do all.
    ///   - hasUsers: whether there are users now; they may come and go while it runs.
    ///   - onStart: is given the port once connections are taken.
    package init(
        configuration: AdminConfiguration, version: String, logger: Logger, authenticate: Authenticate? = nil,
        hasUsers: @escaping @Sendable () -> Bool = { true },
        onStart: @escaping @Sendable (Int) -> Void
    ) {
        self.configuration = configuration
        self.version = version
        self.logger = logger
        self.authenticate = authenticate
        self.hasUsers = hasUsers
        self.onStart = onStart
    }

    /// Has it serve a broker that is up.
    package func begin(_ service: BrokerService) {
        broker.continuation.yield(service)
        broker.continuation.finish()
    }

    /// Serves from the start of the broker until a graceful shutdown.
    ///
    /// - Throws: `AdminError` when it cannot listen.
    package func run() async throws {
        guard configuration.isLocal || configuration.allowRemote else {
            throw AdminError(
                message: "admin.host: '\(configuration.host)' can be reached from other machines, and what it says and "
                    + "is told would pass in the clear; set admin.allow-remote to true if that is what you want")
        }
        var started: BrokerService?
        for await service in broker.stream.cancelOnGracefulShutdown() { started = service }
        guard let started else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await serve(started, on: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func serve(_ service: BrokerService, on group: MultiThreadedEventLoopGroup) async throws {
        let isListening = Lock(false)
        let onStart = onStart
        let application = application(for: service, on: group) { port in
            isListening.withLock { $0 = true }
            onStart(port)
        }
        do {
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                tasks.addTask {
                    try await application.run()
                    return true
                }
                tasks.addTask {
                    // A client that takes its time must not keep the broker from stopping.
                    try? await gracefulShutdown()
                    await Pause(on: group.any()).waitThroughStop(Self.grace)
                    return false
                }
                _ = try await tasks.next()
                tasks.cancelAll()
            }
        } catch  where !isListening.withLock({ $0 }) {
            throw AdminError(
                message: "cannot listen on \(configuration.host):\(configuration.port) for the administration; set "
                    + "admin.port (0 takes any free port, off switches it off)", cause: error)
        }
    }

    private func application(
        for service: BrokerService, on group: MultiThreadedEventLoopGroup,
        _ onListening: @escaping @Sendable (Int) -> Void
    ) -> some Service {
        // What Hummingbird says of itself is of no use to who runs a broker.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let stall = TimeAmount.milliseconds(Int64(configuration.stallTimeout))
        let places = ConnectionPlaces(
            limit: configuration.maxConnections, patience: .milliseconds(Int64(configuration.crowdedTimeout)))
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StalledWriteHandler(limit: stall), PlaceHandler(places)],
            idleTimeout: .milliseconds(Int64(configuration.idleTimeout)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        return Application(
            responder: AdminResponder(
                configuration: configuration, callers: CallerDirectory(service, authenticate, hasUsers: hasUsers),
                routes: RouteTable(version: version)),
            server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.maxConnections, logger: quiet)),
            onServerRunning: { [configuration] in onListening($0.localAddress?.port ?? configuration.port) },
            eventLoopGroupProvider: .shared(group), logger: quiet)
    }
}
