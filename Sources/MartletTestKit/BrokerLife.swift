// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
import MartletLock
import MartletServer
import MartletService

/// One run of a broker, from its start to its end.
final class BrokerLife: Sendable {
    private let configuration: ServerConfiguration
    private let clock: ManualClock?
    private let isKilled = Lock(false)
    private let start = Once<Result<Server.Started, any Error>>()
    private let endings = AsyncStream.makeStream(of: Void.self)
    private let end = Once<Result<Void, any Error>>()

    init(_ configuration: ServerConfiguration, clock: ManualClock?) {
        self.configuration = configuration
        self.clock = clock
    }

    /// Runs the lives that come in, until no more come and all have ended.
    static func run(_ lives: AsyncStream<BrokerLife>) async {
        await withDiscardingTaskGroup { group in
            for await life in lives { group.addTask { await life.run() } }
            // The stream ends early only when the test was given up.
            if Task.isCancelled { group.cancelAll() }
        }
    }

    /// Waits until the broker takes connections, and gives its port.
    func started() async throws -> Int { try await start.value.get().port }

    /// Ends the broker and waits until it has ended.
    func end(_ ending: RunningBroker.Ending) async throws {
        isKilled.withLock { $0 = ending == .killed }
        endings.continuation.finish()
        try await end.value.get()
    }

    private func run() async {
        let (clock, start) = (clock, start)
        var logger = Logger(label: "martlet-test")
        logger.logLevel = .error
        let registration = Lock<Int?>(nil)
        var server = Server(
            configuration: configuration, logger: logger,
            clock: clock.map { clock in .manual { clock.now } } ?? .machine,
            onStart: { started in
                registration.withLock { $0 = clock?.onMove(started.wake) }
                start.set(.success(started))
            })
        server.endsAbruptly = { self.isKilled.withLock { $0 } }
        let result = await serve(server)
        if let number = registration.withLock({ $0 }) { clock?.remove(number) }
        // Those who wait for a start that never came are told too.
        start.set(result.flatMap { .failure(CancellationError()) })
        end.set(result)
    }

    /// Runs the server until it fails or the ending is asked for.
    private func serve(_ server: Server) async -> Result<Void, any Error> {
        let endings = endings.stream
        return await withTaskGroup(of: Result<Void, any Error>?.self) { group in
            group.addTask {
                do {
                    try await server.run()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                for await _ in endings {}
                return nil
            }
            var result: Result<Void, any Error>?
            for await end in group {
                result = result ?? end
                group.cancelAll()
            }
            return result ?? .success(())
        }
    }
}
