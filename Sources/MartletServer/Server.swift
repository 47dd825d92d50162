// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
package import MartletBroker
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The broker behind a TCP port.
package struct Server: Service {
    /// The version that the broker tells its clients.
    package static let version = "0.1.0"

    /// What is known once the server accepts connections.
    package struct Started: Sendable {
        /// The address that it listens on.
        package var host: String
        /// The port that it listens on.
        package var port: Int
        /// The folder of the data file.
        package var dataFolder: String
        /// How long it took to open the data file.
        package var recoveryMilliseconds: Int
        /// Makes the broker look at its clock, for clocks that jump.
        package var wake: @Sendable () -> Void
    }

    private let configuration: ServerConfiguration
    private let logger: Logger
    private let clock: @Sendable () -> Moment
    private let onStart: @Sendable (Started) -> Void
    /// Whether a server that is told to stop cuts its connections without a word, as if it were killed.
    package var endsAbruptly: @Sendable () -> Bool = { false }

    /// Makes a server that does not run yet.
    package init(
        configuration: ServerConfiguration, logger: Logger,
        clock: @escaping @Sendable () -> Moment = BrokerThread.systemClock,
        onStart: @escaping @Sendable (Started) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.onStart = onStart
    }

    /// Serves until a graceful shutdown or cancellation.
    ///
    /// - Throws: `ServerError` when the server cannot start, or when the store failed and nothing can be confirmed.
    package func run() async throws {
        let core = try BrokerConfiguration(configuration)
        try checkAddress()
        if configuration.outboundLimit > configuration.maxOutboundBytes {
            logger.notice(
                "max-outbound-bytes is too small for clients that keep reading, so a larger limit is used",
                metadata: [
                    "configured": "\(configuration.maxOutboundBytes)", "used": "\(configuration.outboundLimit)",
                ])
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        do {
            try await serve(core, group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func serve(_ core: BrokerConfiguration, _ group: MultiThreadedEventLoopGroup) async throws {
        let host = BrokerHost(configuration: configuration, core: core, group: group, clock: clock, logger: logger)
        let begun = ContinuousClock.now
        try await host.open()
        let recovery = (ContinuousClock.now - begun) / .milliseconds(1)
        let listener: any Channel
        do {
            listener = try await host.listen()
        } catch {
            await host.stop(within: .milliseconds(Int64(configuration.shutdownGrace)))
            throw ServerError(
                .address, "cannot listen on \(configuration.host):\(configuration.port)", cause: error)
        }
        onStart(
            Started(
                host: configuration.host, port: listener.localAddress?.port ?? configuration.port,
                dataFolder: configuration.dataFolder, recoveryMilliseconds: Int(recovery), wake: host.wake))
        let failure = await host.end()
        try? await listener.close()
        if failure == nil, endsAbruptly() { return await host.cut() }
        await host.stop(within: .milliseconds(Int64(configuration.shutdownGrace)))
        if let failure {
            throw ServerError(.store, "the store failed, so nothing more is confirmed", cause: failure)
        }
    }

    private func checkAddress() throws(ServerError) {
        let isLocal =
            configuration.host == "localhost" || configuration.host == "::1" || configuration.host.hasPrefix("127.")
        guard isLocal || configuration.allowRemote else {
            throw ServerError(
                .configuration,
                "host: '\(configuration.host)' can be reached from other machines, and anyone on them could read and "
                    + "write; set server.allow-remote to true if that is what you want")
        }
        guard (1...ConnectionRegistry.maxLoops).contains(configuration.eventLoops) else {
            throw ServerError(.configuration, "event-loops: expected 1 to \(ConnectionRegistry.maxLoops)")
        }
    }
}
