// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
import MartletLock
import ServiceLifecycle
public import UnixSignals

// Consumers as services, and a client that ends at a signal.
extension Client {
    /// A service that runs a handler for each message of a subscription; all else is as in `consume`.
    public func consumer(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), receipts: Bool = false,
        _ handler: @escaping @Sendable (Message) async throws -> Void
    ) -> ConsumerService {
        ConsumerService { [self] in
            try await consume(
                topic, as: subscription, from: start, concurrency: concurrency, options: options, receipts: receipts,
                handler)
        }
    }

    /// A service that runs a handler for each message whose effects are in a database that has an inbox; all else is as
    /// in `consume`.
    public func consumer<Box: Inbox>(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), inbox: Box,
        _ handler: @escaping @Sendable (Message, Box.Database) throws -> Void
    ) -> ConsumerService {
        ConsumerService { [self] in
            try await consume(
                topic, as: subscription, from: start, concurrency: concurrency, options: options, inbox: inbox, handler)
        }
    }

    /// A service that runs a step for each message of a subscription; all else is as in `step`.
    public func stepConsumer(
        _ topic: String, as subscription: String, from start: StartPosition? = nil, concurrency: Int = 16,
        options: ConsumerOptions = ConsumerOptions(), keep: Duration? = nil, maxConflicts: Int = 10,
        _ handler: @escaping @Sendable (Message, Step) async throws -> Void
    ) -> ConsumerService {
        ConsumerService { [self] in
            try await step(
                topic, as: subscription, from: start, concurrency: concurrency, options: options, keep: keep,
                maxConflicts: maxConflicts, handler)
        }
    }

    /// Runs a client while `body` runs, and ends both in order at one of the signals: a whole worker process.
    ///
    /// At a signal consumers in `body` drain, as at any graceful shutdown, and return. What then still runs in `body`
    /// is cancelled after the configuration's `drainTimeout` and ten seconds more. The client ends last.
    ///
    /// - Parameters:
    ///   - configuration: The configuration of the client.
    ///   - signals: Such as `.sigterm` and `.sigint`; they do not end the process any more.
    ///   - logger: Where the client logs.
    ///   - body: What runs while the client does.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; or, when the client had to end before, what `run` throws.
    @discardableResult
    public static func with<Result: Sendable>(
        _ configuration: ClientConfiguration, signals: [UnixSignal],
        logger: Logger = Logger(label: "martlet-client"), _ body: @escaping @Sendable (Client) async throws -> Result
    ) async throws -> Result {
        let client = try Client(configuration, logger: logger)
        let work = Work(client: client, body: body)
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: client), .init(service: work, successTerminationBehavior: .gracefullyShutdownGroup),
            ], gracefulShutdownSignals: signals, logger: logger)
        group.maximumGracefulShutdownDuration = configuration.drainTimeout + .seconds(10)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            // What the client ends with says more than what that did to the body.
            guard let failure = work.failure, (failure as? ClientError)?.code != .closed,
                !(failure is CancellationError)
            else { throw error }
            throw failure
        }
        return try work.get()
    }

    /// Runs a client of `martlet://host:port,host2:port2` while `body` runs, and ends both in order at one of the
    /// signals.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; or, when the client had to end before, what `run` throws.
    @discardableResult
    public static func with<Result: Sendable>(
        _ url: String, signals: [UnixSignal], logger: Logger = Logger(label: "martlet-client"),
        _ body: @escaping @Sendable (Client) async throws -> Result
    ) async throws -> Result {
        try await with(ClientConfiguration(url), signals: signals, logger: logger, body)
    }
}

/// What runs beside a client that ends at a signal; its end is the end of the client.
private final class Work<Output: Sendable>: Service {
    private let client: Client
    private let body: @Sendable (Client) async throws -> Output
    private let result = Lock<Result<Output, any Error>?>(nil)

    init(client: Client, body: @escaping @Sendable (Client) async throws -> Output) {
        self.client = client
        self.body = body
    }

    func run() async {
        let end: Result<Output, any Error>
        do { end = .success(try await body(client)) } catch { end = .failure(error) }
        result.withLock { $0 = end }
    }

    /// Why it failed; nil when it did not, or did not come to an end.
    var failure: (any Error)? {
        result.withLock { if case .failure(let error) = $0 { error } else { nil } }
    }

    func get() throws -> Output {
        guard let result = result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}
