// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletServer
import MartletService
import ServiceLifecycle

/// Tells the supervisor when the broker is ready, that it is alive, and that it stops.
///
/// That it is alive is told only after the broker's thread has answered, so that one that hangs is started anew.
final class SupervisorWatch: Service {
    private let supervisor: SupervisorSocket?
    private let clock: any Clock<Duration>
    private let starts: AsyncStream<Server.Started>
    private let start: AsyncStream<Server.Started>.Continuation

    init(_ supervisor: SupervisorSocket?, clock: any Clock<Duration> = ContinuousClock()) {
        self.supervisor = supervisor
        self.clock = clock
        (starts, start) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The broker accepts connections.
    func begin(_ started: Server.Started) { start.yield(started) }

    /// No broker begins any more.
    func finish() { start.finish() }

    func run() async throws {
        guard let supervisor else { return }
        await withGracefulShutdownHandler {
            for await started in starts.cancelOnGracefulShutdown() { await watch(started, supervisor) }
        } onGracefulShutdown: {
            supervisor.tell("STOPPING=1", "STATUS=stopping: answers what was taken")
        }
    }

    private func watch(_ started: Server.Started, _ supervisor: SupervisorSocket) async {
        supervisor.tell("READY=1", "STATUS=listens on \(started.host):\(started.port), data in \(started.dataFolder)")
        guard let within = supervisor.watchdog else { return }
        // Half of the time is for a broker that is slow, not stuck.
        while !Task.isShuttingDownGracefully, (try? await started.service.ask(.ping)) != nil {
            supervisor.tell("WATCHDOG=1")
            do {
                try await cancelWhenGracefulShutdown { try await self.clock.sleep(for: within / 2) }
            } catch {
                return
            }
        }
    }
}
