// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
import MartletBroker
import MartletModel
package import MartletService
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The broker behind a TCP port.
package struct Server: Service {
    /// The version that the broker tells its clients.
    package static let version = "0.1.0"

    /// The most threads that may serve sockets.
    private static let maxLoops = 32

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
        /// The broker, for the administration and the supervisor.
        package var service: BrokerService
        /// Whether it speaks TLS.
        package var isSecure = false
        /// Reads again what may change while the server runs: its certificates.
        package var reload: @Sendable () -> Void = {}
    }

    private let configuration: ServerConfiguration
    private let logger: Logger
    private let clock: BrokerClock
    private let onStart: @Sendable (Started) -> Void
    /// Whether a server that is told to stop cuts its connections without a word, as if it were killed.
    package var endsAbruptly: @Sendable () -> Bool = { false }

    /// Makes a server that does not run yet.
    package init(
        configuration: ServerConfiguration, logger: Logger,
        clock: BrokerClock = .machine,
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
        let address = try address()
        let certificates = try CertificateStore(configuration)
        if configuration.outboundLimit > configuration.maxOutboundBytes {
            logger.notice(
                "max-outbound-bytes is too small for clients that keep reading, so a larger limit is used",
                metadata: [
                    "configured": "\(configuration.maxOutboundBytes)", "used": "\(configuration.outboundLimit)",
                ])
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        do {
            try await serve(core, address, certificates, group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func serve(
        _ core: BrokerConfiguration, _ address: SocketAddress, _ certificates: CertificateStore?,
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        let log = NoticeLog(logger, on: group.any())
        checkDescriptors(log)
        if let warning = certificates?.warning() { log.tell(warning) }
        let service = BrokerService(
            configuration: core, storage: StorageConfiguration(configuration), clock: clock,
            queueBytes: configuration.maxUnansweredBytes, notify: { log.tell($0) })
        let lines = LineListener(configuration, for: service, on: group, certificates: certificates, log: log)
        do {
            try await serve(service, lines, on: address, log, group)
        } catch {
            try? await log.flush().get()
            throw error
        }
        try? await log.flush().get()
    }

    private func serve(
        _ service: BrokerService, _ lines: LineListener, on address: SocketAddress, _ log: NoticeLog,
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        let begun = ContinuousClock.now
        do {
            try await service.open(seed: .random(in: .min ... .max))
        } catch {
            throw ServerError(.store, "\(error)")
        }
        let recovery = (ContinuousClock.now - begun) / .milliseconds(1)
        let channel: any Channel
        do {
            channel = try await lines.listen(on: address)
        } catch {
            await stop(service, lines, group)
            throw ServerError(
                .address, "cannot listen on \(configuration.host):\(configuration.port)", cause: error)
        }
        let port = channel.localAddress?.port ?? configuration.port
        log.tell(
            .started(
                host: configuration.host, port: port, folder: configuration.dataFolder, milliseconds: Int(recovery)))
        onStart(
            Started(
                host: configuration.host, port: port, dataFolder: configuration.dataFolder,
                recoveryMilliseconds: Int(recovery), wake: { service.wake() }, service: service,
                isSecure: lines.isSecure, reload: { lines.reload() }))
        let failure = await end(of: service, group)
        try? await channel.close()
        if failure == nil, endsAbruptly() { return await cut(service, lines) }
        await stop(service, lines, group)
        // It may have failed behind the wish to stop too.
        if let failure = await service.stopped() {
            throw ServerError(.store, "the store failed, so nothing more is confirmed", cause: failure)
        }
        let answered = await lines.answered()
        log.tell(.stopped(publishes: answered.publishes, commands: answered.commands))
    }

    private func checkDescriptors(_ log: NoticeLog) {
        guard let limit = DescriptorLimit.current, !DescriptorLimit.fits(configuration.maxConnections, into: limit)
        else { return }
        log.tell(.fewDescriptors(limit: limit, connections: configuration.maxConnections))
    }

    /// Waits until the server is told to stop, or until the store fails; then gives the store's error.
    private func end(of service: BrokerService, _ group: MultiThreadedEventLoopGroup) async -> BrokerFailure? {
        let end = group.any().makePromise(of: BrokerFailure?.self)
        service.whenStopped { end.succeed($0) }
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

    /// Ends as if the process were killed: nothing more is written, and the broker is not told that connections end.
    private func cut(_ service: BrokerService, _ lines: LineListener) async {
        await lines.silence()
        service.stop()
        lines.closeAll()
        _ = await service.stopped()
    }

    /// Confirms what was taken, says goodbye and closes all connections.
    ///
    /// The grace bounds how long clients may take for their last answers. The broker's own last flush is waited for
    /// however long it takes: its end is told on the event loops.
    private func stop(_ service: BrokerService, _ lines: LineListener, _ group: MultiThreadedEventLoopGroup) async {
        service.stop()
        let loop = group.any()
        let deadline = loop.makePromise(of: Void.self)
        let ended = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: .milliseconds(Int64(configuration.shutdownGrace))) { deadline.succeed() }
        service.whenStopped { _ in
            lines.endAll(on: loop).whenComplete { _ in
                timer.cancel()
                deadline.succeed()
                ended.succeed()
            }
        }
        try? await deadline.futureResult.get()
        lines.closeAll()
        try? await ended.futureResult.get()
    }

    /// The address to listen on, which is judged as it is and not by its name.
    private func address() throws(ServerError) -> SocketAddress {
        guard (1...Self.maxLoops).contains(configuration.eventLoops) else {
            throw ServerError(.configuration, "event-loops: expected 1 to \(Self.maxLoops)")
        }
        let address: SocketAddress
        do {
            address = try SocketAddress.makeAddressResolvingHost(configuration.host, port: configuration.port)
        } catch {
            throw ServerError(.address, "cannot listen on \(configuration.host):\(configuration.port)", cause: error)
        }
        let rule = ListenRule(configuration, hasUsers: !configuration.users.isEmpty, hasTLS: configuration.hasTLS)
        if let refusal = rule.refusal(of: address) { throw ServerError(.configuration, "host: \(refusal)") }
        return address
    }
}
