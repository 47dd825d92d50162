// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import MartletServer

/// A broker of `TestBroker.with`, which a test can stop and start on the same folder and port.
///
/// Its methods are called one after another, not at the same time. They go on when their task is cancelled: a handler
/// that restarts the broker loses its lease by it, and must not leave the broker stopped.
public final class RunningBroker: Sendable {
    /// How a broker stops.
    public enum Ending: Sendable {
        /// It confirms what it has taken, says `BYE` and closes its connections, as after SIGTERM.
        case graceful
        /// It cuts its connections without a word, as after `kill -9`: commands that were not answered may have been
        /// done or not, and what was in flight is delivered again.
        ///
        /// The process lives on, so what the operating system would lose with a machine is not lost.
        case killed
    }

    /// The port on the loopback address, the same in all its lives.
    public let port: Int
    private let configuration: ServerConfiguration
    private let clock: ManualClock?
    private let lives: AsyncStream<BrokerLife>.Continuation
    private let life: Lock<BrokerLife?>

    init(
        _ configuration: ServerConfiguration, clock: ManualClock?, lives: AsyncStream<BrokerLife>.Continuation
    ) async throws {
        let (first, port) = try await Self.begin(configuration, clock: clock, lives: lives)
        self.port = port
        self.configuration = configuration
        self.clock = clock
        self.lives = lives
        life = Lock(first)
    }

    deinit { PortReservation.release(port) }

    /// Starts the first life on a port that stays free while the broker is stopped.
    private static func begin(
        _ configuration: ServerConfiguration, clock: ManualClock?, lives: AsyncStream<BrokerLife>.Continuation
    ) async throws -> (BrokerLife, Int) {
        var configuration = configuration
        var attempts = 0
        while true {
            configuration.port = PortReservation.next()
            let life = BrokerLife(configuration, clock: clock)
            do {
                try begin(life, lives)
                return (life, try await life.started())
            } catch {
                PortReservation.release(configuration.port)
                guard (error as? ServerError)?.code == .address, attempts < 100 else { throw error }
                attempts += 1
            }
        }
    }

    /// Has a life run, unless the test was given up and no more lives are run.
    private static func begin(_ life: BrokerLife, _ lives: AsyncStream<BrokerLife>.Continuation) throws {
        if case .terminated = lives.yield(life) { throw CancellationError() }
    }

    /// Stops the broker, unless it is stopped; nothing listens on its port until `start`.
    ///
    /// - Throws: what the broker throws when its store failed.
    public func stop(_ ending: Ending = .graceful) async throws {
        guard let life = life.withLock({ $0.take() }) else { return }
        try await life.end(ending)
    }

    /// Starts the broker again after `stop`, unless it runs.
    ///
    /// - Throws: what the broker throws when it cannot start.
    public func start() async throws {
        guard life.withLock({ $0 == nil }) else { return }
        var configuration = configuration
        configuration.port = port
        let next = BrokerLife(configuration, clock: clock)
        try Self.begin(next, lives)
        _ = try await next.started()
        life.withLock { $0 = next }
    }

    /// Stops the broker and starts it again.
    ///
    /// - Throws: what the broker throws when its store failed or it cannot start.
    public func restart(_ ending: Ending = .graceful) async throws {
        try await stop(ending)
        try await start()
    }
}
