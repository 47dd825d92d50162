// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit

/// Serves while `body` speaks to the port, on a thread that may wait for the broker.
func wire<Result: Sendable>(
    _ configuration: ServerConfiguration = ServerConfiguration(), folder: TemporaryFolder? = nil,
    clock: ManualClock? = nil, _ body: @escaping @Sendable (Int) throws -> Result
) async throws -> Result {
    var configuration = configuration
    // Many brokers run side by side, and the default of each would take 1 TiB of addresses.
    configuration.mapSize = min(configuration.mapSize, 4 << 30)
    if configuration.tlsCertificate.isEmpty { WireSecurity.suite?.secure(&configuration) }
    return try await TestBroker.run(configuration, folder: folder, clock: clock) { port in
        try await withTaskExecutorPreference(WaitingExecutor.shared) {
            try await WaitingExecutor.run { try body(port) }
        }
    }
}

/// Settings that differ from the default.
func settings(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
    var configuration = ServerConfiguration()
    change(&configuration)
    return configuration
}

/// Threads for tests that wait in system calls, so that the threads of Swift concurrency need not.
final class WaitingExecutor: TaskExecutor {
    static let shared = WaitingExecutor()

    private let queue: OperationQueue

    private init() {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 6
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs on the executor that the task prefers.
    @concurrent
    static func run<Result: Sendable>(_ body: @Sendable () throws -> Result) async throws -> Result {
        try body()
    }
}
