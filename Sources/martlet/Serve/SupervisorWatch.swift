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
    /// A broker that accepts connections.
    struct Start: Sendable {
        /// Where it listens and keeps its data.
        var place: String
        /// Waits for an answer of the broker's thread; false when it has stopped.
        var ping: @Sendable () async -> Bool
    }

    private let supervisor: SupervisorSocket?
    private let clock: any Clock<Duration>
    private let starts: AsyncStream<Start>
    private let start: AsyncStream<Start>.Continuation

    init(_ supervisor: SupervisorSocket?, clock: any Clock<Duration> = ContinuousClock()) {
        self.supervisor = supervisor
        self.clock = clock
        (starts, start) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The broker accepts connections.
    func begin(_ start: Start) { self.start.yield(start) }

    /// The broker accepts connections.
    func begin(_ started: Server.Started) {
        let service = started.service
        begin(
            Start(place: "listens on \(started.host):\(started.port), data in \(started.dataFolder)") {
                (try? await service.ask(.ping)) != nil
            })
    }

    /// No broker begins any more.
    func finish() { start.finish() }

    func run() async throws {
        guard let supervisor else { return }
        await withGracefulShutdownHandler {
            for await start in starts.cancelOnGracefulShutdown() { await watch(start, supervisor) }
        } onGracefulShutdown: {
            supervisor.tell("STOPPING=1", "STATUS=stopping: answers what was taken")
        }
    }

    private func watch(_ start: Start, _ supervisor: SupervisorSocket) async {
        supervisor.tell("READY=1", "STATUS=\(start.place)")
        guard let within = supervisor.watchdog else { return }
        // Half of the time is for a broker that is slow, not stuck.
        while !Task.isShuttingDownGracefully, await start.ping() {
            supervisor.tell("WATCHDOG=1")
            do {
                try await cancelWhenGracefulShutdown { try await self.clock.sleep(for: within / 2) }
            } catch {
                return
            }
        }
    }
}
