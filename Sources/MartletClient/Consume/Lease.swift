// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// The hold on one delivery, shared by the task that works on it and the loop that hears of its loss.
final class Lease: Sendable {
    /// A task that can be cancelled while it runs under a lease.
    // SAFETY: `UnsafeCurrentTask` may be cancelled from any thread as long as its task lives; `Lease.run` stores it
    // and removes it, both under the lock, while the task is inside of its body, and it is used under that lock only.
    private struct Worker: @unchecked Sendable {
        let task: UnsafeCurrentTask
    }

    private struct State {
        var isLost = false
        var isSettling = false
        var worker: Worker?
        var writtenReceipt: String?
        var ending = Settlement.ack
    }

    /// The number of the consumer that it belongs to.
    let consumer: Int
    /// What names the delivery to the broker.
    let tag: Int
    private let state = Lock(State())

    init(consumer: Int, tag: Int) {
        self.consumer = consumer
        self.tag = tag
    }

    /// Whether the lease is gone, so that the message comes again.
    var isLost: Bool { state.withLock { $0.isLost } }

    /// Whether the delivery is being settled.
    var isSettling: Bool { state.withLock { $0.isSettling } }

    /// The outcome that was written for the message under this lease, apart from settling it.
    var writtenReceipt: String? { state.withLock { $0.writtenReceipt } }

    /// Notes that an outcome was written for the message.
    func note(receipt: String) {
        state.withLock { $0.writtenReceipt = receipt }
    }

    /// How the delivery is settled when its handler returns.
    var ending: Settlement { state.withLock { $0.ending } }

    /// Notes that the message is to be parked when its handler returns.
    func park(code: String?, note: String?) {
        state.withLock { $0.ending = .park(code: code, note: note) }
    }

    /// Forgets what an earlier run of the handler said.
    func forgetEnding() {
        state.withLock { $0.ending = .ack }
    }

    /// Notes that the delivery is being settled; false when the lease is gone.
    func settle() -> Bool {
        state.withLock {
            guard !$0.isLost else { return false }
            $0.isSettling = true
            return true
        }
    }

    /// Notes that the lease is gone and cancels the task that works under it.
    ///
    /// - Parameter sparesSettling: whether a delivery that is being settled is left alone, since its lease may be gone
    ///   because the settling was heard.
    func lose(sparesSettling: Bool = false) {
        state.withLock {
            if sparesSettling, $0.isSettling { return }
            guard !$0.isLost else { return }
            $0.isLost = true
            $0.worker?.task.cancel()
        }
    }

    /// Runs work; only this work is cancelled when the lease is lost.
    ///
    /// - Throws: what the body throws; `CancellationError` when the lease was lost before it began.
    func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await withUnsafeCurrentTask { task in
            let worker = task.map(Worker.init)
            let begins = state.withLock {
                guard !$0.isLost else { return false }
                $0.worker = worker
                return true
            }
            guard begins else { throw CancellationError() }
            defer { state.withLock { $0.worker = nil } }
            return try await body()
        }
    }
}
