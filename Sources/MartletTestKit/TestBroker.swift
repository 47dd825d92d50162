// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
package import MartletServer

/// A real broker in the test process: its own port, the code that runs in production.
public enum TestBroker {
    /// Serves a folder while `body` runs, which is given the port on the loopback address.
    ///
    /// - Parameters:
    ///   - folder: The data folder; without one the broker gets a folder that goes away with it.
    ///   - clock: The clock that the broker sees; without one it is the machine's.
    ///   - body: What is done meanwhile.
    /// - Returns: what `body` returns.
    /// - Throws: what the broker or `body` throws.
    public static func run<Result: Sendable>(
        folder: TemporaryFolder? = nil, clock: ManualClock? = nil, _ body: @Sendable (Int) async throws -> Result
    ) async throws -> Result {
        try await run(ServerConfiguration(), folder: folder, clock: clock, body)
    }

    /// Serves a folder with settings of its own; host, port and folder are set here.
    package static func run<Result: Sendable>(
        _ configuration: ServerConfiguration, folder: TemporaryFolder? = nil, clock: ManualClock? = nil,
        _ body: @Sendable (Int) async throws -> Result
    ) async throws -> Result {
        let folder = try folder ?? TemporaryFolder()
        var configuration = configuration
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.dataFolder = folder.path
        // Many brokers at once would otherwise run out of addresses.
        configuration.mapSize = min(configuration.mapSize, 4 << 30)
        let (started, announce) = AsyncStream.makeStream(of: Server.Started.self)
        let now: @Sendable () -> Moment = { clock?.now ?? BrokerThread.systemClock() }
        var logger = Logger(label: "martlet-test")
        logger.logLevel = .error
        let server = Server(configuration: configuration, logger: logger, clock: now) { announce.yield($0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { announce.finish() }
                try await server.run()
            }
            guard let first = await started.first(where: { _ in true }) else {
                try await group.waitForAll()
                throw CancellationError()
            }
            let result = try await body(first.port)
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }
}
