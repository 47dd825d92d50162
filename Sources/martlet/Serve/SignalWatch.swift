// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletLock
import ServiceLifecycle
import UnixSignals

/// Says what signals do to the broker: SIGHUP has it read its certificates again, SIGTERM and SIGINT end it in order.
final class SignalWatch: Service {
    private let logger: Logger
    /// What SIGHUP does, once the broker is up.
    private let reload = Lock<(@Sendable () -> Void)?>(nil)
    /// When the broker was told to stop.
    private let stop = Lock<ContinuousClock.Instant?>(nil)

    init(logger: Logger) { self.logger = logger }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
                if let reload = reload.withLock({ $0 }) {
                    reload()
                } else {
                    logger.notice("SIGHUP is ignored: settings are read at the start only, and there is no TLS")
                }
            }
        } onGracefulShutdown: {
            self.stop.withLock { $0 = .now }
        }
    }

    /// Has SIGHUP do something from now on.
    func onReload(_ body: @escaping @Sendable () -> Void) { reload.withLock { $0 = body } }

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
