// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore

/// What the loop hands to one consumer, and the leases that the consumer holds.
///
/// It never holds more messages than the consumer's window; a peer that sends more breaks the protocol.
final class Mailbox: Sendable {
    /// What a consumer is told.
    enum Event: Sendable {
        case message(IncomingMessage, Lease)
        /// No more handlers are to be started.
        case drain
        /// What still runs is to be cancelled.
        case drainExpired
    }

    private struct State {
        var messages = CircularBuffer<(IncomingMessage, Lease)>()
        var held: [Int: Lease] = [:]
        var drains = 0
        var drainsTold = 0
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<Result<Event?, any Error>, Never>?
        var onIdle: (@Sendable () -> Void)?
    }

    /// The consumer's number on the connection.
    let number: Int
    /// What it subscribes to and how.
    let subscription: SubscriptionRequest
    private let state = Lock(State())

    init(number: Int, subscription: SubscriptionRequest) {
        self.number = number
        self.subscription = subscription
    }

    /// The next thing to do, or nil when the consumer is over.
    ///
    /// - Throws: why it is over; `CancellationError` when the task is cancelled.
    func next() async throws -> Event? {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let ready = state.withLock { state -> Result<Event?, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if let ready = Self.take(&state) { return ready }
                    state.waiter = waiter
                    return nil
                }
                if let ready { waiter.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiter.take() }
            waiter?.resume(returning: .failure(CancellationError()))
        }.get()
    }

    /// Takes a message from the connection; false when there are more than the window allows.
    func deliver(_ message: IncomingMessage) -> Bool {
        let lease = Lease(consumer: number, tag: message.tag)
        var fits = true
        var unsettled: [Lease] = []
        change { state in
            // A tag is one delivery. Were it taken twice, the first lease would be forgotten, outlive its connection,
            // and settle another message on the next.
            guard state.end == nil, state.held[message.tag] == nil else { return }
            state.messages.append((message, lease))
            state.held[message.tag] = lease
            fits = state.messages.count <= subscription.window
            // Those that are being settled may be here a moment longer than in the broker.
            if state.held.count > 2 * subscription.window { unsettled = Array(state.held.values) }
        }
        return fits && unsettled.count { !$0.isSettling } <= subscription.window
    }

    /// Asks the consumer to start no more handlers; asked again, to stop those that run.
    func drain(isExpired: Bool = false) {
        change { $0.drains = max($0.drains, isExpired ? 2 : 1) }
    }

    /// Ends the consumer after what it was handed; all its leases are gone.
    func end(_ result: Result<Void, any Error>) {
        loseAll()
        change { if $0.end == nil { $0.end = result } }
    }

    /// The tags of all leases, ascending.
    var heldTags: [Int] { state.withLock { $0.held.keys.sorted() } }
    /// Whether no more handlers are to be started.
    var isDraining: Bool { state.withLock { $0.drains > 0 } }
    /// Whether no lease is held.
    var isIdle: Bool { state.withLock { $0.held.isEmpty } }

    /// Calls back once, on any thread, as soon as no lease is held; only the last callback is kept.
    func whenIdle(_ callback: @escaping @Sendable () -> Void) {
        removing { $0.onIdle = callback }
    }

    /// A lease is settled.
    ///
    /// Tags begin anew with a connection, so a lease of the last one must not be taken for one of this.
    func release(_ lease: Lease) {
        removing { state in
            if state.held[lease.tag] === lease { state.held[lease.tag] = nil }
        }
    }

    /// Takes out what has not been started, so that it can be given back.
    func takeUnstarted() -> [Lease] {
        removing { state in
            let leases = state.messages.map(\.1)
            state.messages = []
            for lease in leases { state.held[lease.tag] = nil }
            return leases.filter { !$0.isLost }
        }
    }

    /// Takes out every lease, so that it can be given back.
    func takeAll() -> [Lease] {
        removing { state in
            let leases = state.held.values.sorted { $0.tag < $1.tag }
            state.messages = []
            state.held = [:]
            return leases.filter { !$0.isLost }
        }
    }

    /// Leases are gone, says the broker.
    func lose(_ tags: [ClosedRange<UInt64>]) {
        lose { tag in tags.contains { $0.contains(UInt64(tag)) } }
    }

    /// All leases are gone: the connection ended, or the broker does not know the session any more.
    func loseAll() {
        lose { _ in true }
    }

    /// The broker knows the session and keeps these leases.
    ///
    /// - Returns: those that never arrived here, so that they can be given back.
    func resume(_ kept: [ClosedRange<UInt64>]) -> [UInt64] {
        lose(sparesSettling: true) { tag in !kept.contains { $0.contains(UInt64(tag)) } }
        return state.withLock { state in
            // The broker keeps no more leases than the window; a wider answer is cut, not believed.
            var unseen: [UInt64] = []
            for tag in kept.lazy.joined() where state.held[Int(clamping: tag)] == nil {
                guard unseen.count < subscription.window else { break }
                unseen.append(tag)
            }
            return unseen
        }
    }

    private func lose(sparesSettling: Bool = false, where isGone: (Int) -> Bool) {
        let gone = removing { state -> [Lease] in
            let gone = state.held.filter { isGone($0.key) }.map(\.value)
            if !sparesSettling {
                for lease in gone { state.held[lease.tag] = nil }
            }
            return gone
        }
        // A lease has a lock of its own, and user code may run when a task is cancelled; so outside of ours.
        for lease in gone { lease.lose(sparesSettling: sparesSettling) }
        removing { state in
            for lease in gone where lease.isLost { state.held[lease.tag] = nil }
            state.messages = CircularBuffer(state.messages.filter { !$0.1.isLost })
        }
    }

    /// Removes leases, and calls back when the last is gone.
    private func removing<Result: Sendable>(_ change: (inout State) -> Result) -> Result {
        let (result, callback) = state.withLock { state in
            let result = change(&state)
            return (result, state.held.isEmpty ? state.onIdle.take() : nil)
        }
        callback?()
        return result
    }

    private static func take(_ state: inout State) -> Result<Event?, any Error>? {
        if state.drainsTold < state.drains {
            state.drainsTold += 1
            return .success(state.drainsTold == 1 ? .drain : .drainExpired)
        }
        if let (message, lease) = state.messages.popFirst() { return .success(.message(message, lease)) }
        return state.end.map { $0.map { nil } }
    }

    /// Changes the state and hands the consumer, if it waits, what came of it.
    private func change(_ change: (inout State) -> Void) {
        let (waiter, result) = state.withLock { state in
            change(&state)
            guard let waiter = state.waiter, let result = Self.take(&state) else {
                return (
                    nil as CheckedContinuation<Result<Event?, any Error>, Never>?,
                    Result<Event?, any Error>.success(nil)
                )
            }
            state.waiter = nil
            return (waiter, result)
        }
        waiter?.resume(returning: result)
    }
}
