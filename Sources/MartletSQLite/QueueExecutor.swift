// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Runs an actor's jobs one by one on a queue of its own.
///
/// SQLite blocks: for the disk at each commit, and while another process writes. It must not do so on the threads that
/// all tasks of the program share.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// Makes an executor; the label shows up in debuggers.
    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }

    /// Makes something on the queue.
    func make<Result>(_ body: @escaping @Sendable () throws -> sending Result) async throws -> sending Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                do {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}
