// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

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
        try await with(configuration, folder: folder, clock: clock) { try await body($0.port) }
    }

    /// Serves a folder while `body` runs, which is given the broker and may stop and start it.
    ///
    /// - Parameters:
    ///   - folder: The data folder; without one the broker gets a folder that goes away with it.
    ///   - clock: The clock that the broker sees; without one it is the machine's.
    ///   - body: What is done meanwhile.
    /// - Returns: what `body` returns.
    /// - Throws: what the broker or `body` throws.
    public static func with<Result: Sendable>(
        folder: TemporaryFolder? = nil, clock: ManualClock? = nil,
        _ body: @Sendable (RunningBroker) async throws -> Result
    ) async throws -> Result {
        try await with(ServerConfiguration(), folder: folder, clock: clock, body)
    }

    /// Serves a folder with settings of its own; host, port and folder are set here.
    package static func with<Result: Sendable>(
        _ configuration: ServerConfiguration, folder: TemporaryFolder? = nil, clock: ManualClock? = nil,
        _ body: @Sendable (RunningBroker) async throws -> Result
    ) async throws -> Result {
        let folder = try folder ?? TemporaryFolder()
        var configuration = configuration
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.dataFolder = folder.path
        // Many brokers at once would otherwise run out of addresses.
        configuration.mapSize = min(configuration.mapSize, 4 << 30)
        // And of disk: each keeps as much as its reserve, at most 64 MiB.
        let usual = ServerConfiguration().reserveMinimum
        if configuration.reserveMinimum == usual { configuration.reserveMinimum = 1 << 20 }
        let (lives, life) = AsyncStream.makeStream(of: BrokerLife.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await BrokerLife.run(lives) }
            let broker = try await RunningBroker(configuration, clock: clock, lives: life)
            let result = try await body(broker)
            try await broker.stop()
            life.finish()
            try await group.waitForAll()
            return result
        }
    }
}
