// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
import MartletLock
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// A client of a Martlet broker: publishes, consumes, and keeps records of processes.
///
/// A client has one TCP connection, which it opens when it runs and opens again, at the next address, whenever it ends.
/// All tasks share it; what they ask at the same time is written together. For more connections, make more
/// clients. While there is no connection, requests wait; when the client ends, they fail with `closed`.
///
/// It works only while it runs: as a service of a `ServiceGroup`, as a child task that calls `run()`, or inside of
/// `Client.with`. One that is asked for something and not run within a second says so in its log.
public final class Client: Service {
    /// How the client was set up.
    public let configuration: ClientConfiguration
    let logger: Logger
    let intake: Intake
    let telemetry: Telemetry
    private let link: Link
    private let state: Lock<State>

    private struct State {
        var isStarted = false
        var ids: MessageIDs
        var nextConsumer = 1
    }

    /// Makes a client that does not run yet.
    ///
    /// - Throws: `ClientError` with code `badArgument` that says what is wrong with the configuration.
    public convenience init(
        _ configuration: ClientConfiguration, logger: Logger = Logger(label: "martlet-client")
    ) throws(ClientError) {
        try self.init(configuration, logger: logger, transport: .tcp)
    }

    init(_ configuration: ClientConfiguration, logger: Logger, transport: Transport) throws(ClientError) {
        try configuration.check()
        self.configuration = configuration
        self.logger = logger
        let loop = (configuration.eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton).next()
        intake = Intake(maxMessages: configuration.maxInFlightMessages, maxBytes: configuration.maxInFlightBytes)
        let link = Link(
            configuration: configuration, loop: loop, intake: intake, logger: logger, transport: transport)
        self.link = link
        intake.attach { [weak link] in link?.expectStart() }
        telemetry = Telemetry(configuration)
        state = Lock(State(ids: MessageIDs(random: configuration.random?() ?? .random(in: .min ... .max))))
    }

    /// Makes a client of `martlet://host:port,host2:port2` that does not run yet.
    ///
    /// - Throws: `ClientError` with code `badArgument` that says what is wrong with the text.
    public convenience init(
        _ url: String, logger: Logger = Logger(label: "martlet-client")
    ) throws(ClientError) {
        try self.init(ClientConfiguration(url), logger: logger)
    }

    /// Runs until a graceful shutdown, in which consumers finish what they have begun and all requests are answered,
    /// or until the task is cancelled, which cancels them.
    ///
    /// - Throws: `ClientError` when the broker refuses this client (`refused`), when no broker was reached in
    ///   `maxConnectAttempts` (`unreachable`), or when it has been run before (`badArgument`).
    public func run() async throws {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { throw ClientError(.badArgument, "a client runs once; make another one") }
        let link = link
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                await withCheckedContinuation { finish in
                    link.loop.execute { link.start(finish) }
                }
            } onGracefulShutdown: {
                self.shutDown()
            }.get()
        } onCancel: {
            // Consumers that were cancelled with this task give their messages back, which takes a moment.
            drain(within: .seconds(1))
        }
    }

    /// Asks the client to end as a graceful shutdown does; `run` returns when it has.
    public func shutDown() {
        drain(within: configuration.drainTimeout)
    }

    private func drain(within limit: Duration) {
        link.loop.execute { [link] in link.drain(within: limit) }
    }

    /// Runs a client while `body` runs, and then ends it in order.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; or, when the client had to end before, what `run` throws.
    @discardableResult
    public static func with<Result: Sendable>(
        _ configuration: ClientConfiguration, logger: Logger = Logger(label: "martlet-client"),
        _ body: (Client) async throws -> Result
    ) async throws -> Result {
        let client = try Client(configuration, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            let result: Result
            do {
                result = try await body(client)
            } catch {
                client.shutDown()
                // Why the client ended says more than that it has.
                if (error as? ClientError)?.code == .closed { try await group.waitForAll() }
                throw error
            }
            client.shutDown()
            try await group.waitForAll()
            return result
        }
    }

    /// Runs a client of `martlet://host:port,host2:port2` while `body` runs, and then ends it in order.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; or, when the client had to end before, what `run` throws.
    @discardableResult
    public static func with<Result: Sendable>(
        _ url: String, logger: Logger = Logger(label: "martlet-client"),
        _ body: (Client) async throws -> Result
    ) async throws -> Result {
        try await with(ClientConfiguration(url), logger: logger, body)
    }

    /// An id for a message that has none.
    func makeID() -> String { state.withLock { $0.ids.next() } }

    /// A number for another consumer.
    func makeConsumerNumber() -> Int {
        state.withLock { state in
            defer { state.nextConsumer += 1 }
            return state.nextConsumer
        }
    }

    /// Lets a consumer's running handlers be cancelled after the time that draining may take.
    func limitDrain(of mailbox: Mailbox) {
        link.loop.execute { [link, limit = configuration.drainTimeout] in
            _ = link.schedule(after: limit) { _ in mailbox.drain(isExpired: true) }
        }
    }

    /// Waits without holding anything.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    package func wait(milliseconds: Int64) async throws {
        try Task.checkCancellation()
        let timer = link.loop.scheduleTask(in: .milliseconds(milliseconds)) {}
        do {
            try await withTaskCancellationHandler {
                try await timer.futureResult.get()
            } onCancel: {
                timer.cancel()
            }
        } catch {
            throw CancellationError()
        }
    }
}
