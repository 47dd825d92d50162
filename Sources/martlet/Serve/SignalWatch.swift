// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletLock
import ServiceLifecycle
import UnixSignals

/// Says what signals do to the broker: SIGHUP reads again what may change, SIGTERM and SIGINT are an orderly end.
final class SignalWatch: Service {
    private let logger: Logger
    /// What SIGHUP does, in this order.
    private let reloads = Lock<[@Sendable () -> Void]>([])
    /// When the broker was told to stop.
    private let stop = Lock<ContinuousClock.Instant?>(nil)

    init(logger: Logger) { self.logger = logger }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
                for reload in reloads.withLock({ $0 }) { reload() }
            }
        } onGracefulShutdown: {
            self.stop.withLock { $0 = .now }
        }
    }

    /// Has SIGHUP do something from now on.
    func onReload(_ body: @escaping @Sendable () -> Void) {
        reloads.withLock { $0.append(body) }
    }

    /// Says how the stop went, as the last thing.
    ///
    /// - Parameter grace: how long the stop waits for answers.
    func tellEnd(grace: Duration) {
        guard let begun = stop.withLock({ $0 }) else { return }
        let time = ContinuousClock.now - begun
        let metadata: Logger.Metadata = ["milliseconds": "\(Int(time / .milliseconds(1)))"]
        if time < grace {
            logger.notice("stopped: every command that was taken is answered", metadata: metadata)
        } else {
            logger.warning(
                "stopped after server.shutdown-grace: some commands may have no answer; what was confirmed is stored",
                metadata: metadata)
        }
    }
}
