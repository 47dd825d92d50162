// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore

/// Where tasks leave their orders for the loop; the only thing that both touch.
///
/// It wakes the loop when an order comes into an empty intake, so that what many tasks ask at the same time is taken
/// and written at once. Publishes beyond the limits wait here in their order.
final class Intake: Sendable {
    private struct State {
        var ready: [LinkOrder] = []
        var waiting = CircularBuffer<Request>()
        var messages = 0
        var bytes = 0
        var nextNumber: UInt64 = 1
        var end: ClientError?
        var wake: (@Sendable () -> Void)?
        var closers: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = Lock(State())
    private let maxMessages: Int
    private let maxBytes: Int

    /// Makes an intake whose orders wait until they are taken.
    init(maxMessages: Int, maxBytes: Int) {
        self.maxMessages = maxMessages
        self.maxBytes = maxBytes
    }

    /// Sets what is called when the intake stops being empty, on the thread that filled it.
    func attach(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    private func wake() {
        state.withLock { $0.wake }?()
    }

    /// A number that no other request of this client has.
    func number() -> UInt64 {
        state.withLock {
            $0.nextNumber += 1
            return $0.nextNumber
        }
    }

    /// Calls back when the intake is closed; at once, when it is.
    ///
    /// - Returns: what takes that back.
    func onClose(_ body: @escaping @Sendable () -> Void) -> UInt64 {
        let number = number()
        let isClosed = state.withLock { state in
            if state.end == nil { state.closers[number] = body }
            return state.end != nil
        }
        if isClosed { body() }
        return number
    }

    /// Does not call back any more.
    func removeCloser(_ number: UInt64) {
        state.withLock { $0.closers[number] = nil }
    }

    /// How many messages are published and not confirmed, and how many requests wait for room.
    var load: (messages: Int, waiting: Int) { state.withLock { ($0.messages, $0.waiting.count) } }

    /// Whether nothing waits to be taken.
    var isIdle: Bool { state.withLock { $0.ready.isEmpty && $0.waiting.isEmpty } }

    /// Takes a request; when the client does not run any more the request fails at once.
    func submit(_ request: Request) {
        let (isFirst, end) = state.withLock { state -> (Bool, ClientError?) in
            if let end = state.end { return (false, end) }
            if request.messages > 0, !(state.waiting.isEmpty && hasRoom(state, for: request)) {
                state.waiting.append(request)
                return (false, nil)
            }
            return (admit(request, &state), nil)
        }
        if let end { request.fail(end) }
        if isFirst { wake() }
    }

    /// Takes an order that needs no room; false when the client does not run any more.
    @discardableResult
    func post(_ order: LinkOrder) -> Bool {
        let (isFirst, isOpen) = state.withLock { state -> (Bool, Bool) in
            guard state.end == nil else { return (false, false) }
            state.ready.append(order)
            return (state.ready.count == 1, true)
        }
        if isFirst { wake() }
        return isOpen
    }

    /// Takes back a request of a task that was cancelled; at once, as long as the loop has not taken it.
    func cancel(_ number: UInt64) {
        let (removed, isFirst) = state.withLock { state -> (Request?, Bool) in
            guard let removed = remove(number, &state) else { return (nil, false) }
            // Those behind it may be smaller and have room.
            return (removed, admitWaiting(&state))
        }
        if isFirst { wake() }
        if let removed {
            removed.fail(.cancelled)
        } else {
            post(.cancel(number))
        }
    }

    private func remove(_ number: UInt64, _ state: inout State) -> Request? {
        if let index = state.waiting.firstIndex(where: { $0.number == number }) {
            return state.waiting.remove(at: index)
        }
        for (index, order) in state.ready.enumerated() {
            guard case .request(let request) = order, request.number == number else { continue }
            state.ready.remove(at: index)
            if request.messages > 0 { leave(request, &state) }
            return request
        }
        return nil
    }

    /// All orders since the last time.
    func take() -> [LinkOrder] {
        state.withLock {
            var orders: [LinkOrder] = []
            swap(&orders, &$0.ready)
            return orders
        }
    }

    /// Makes room: publishes of a request were answered, or given up.
    func release(_ request: Request) {
        guard request.messages > 0 else { return }
        let isFirst = state.withLock { state -> Bool in
            leave(request, &state)
            return admitWaiting(&state)
        }
        if isFirst { wake() }
    }

    private func leave(_ request: Request, _ state: inout State) {
        state.messages -= request.messages
        state.bytes -= request.frame.readableBytes
    }

    /// Ends the intake: all that waits in it fails, and so does all that comes later.
    ///
    /// - Returns: the orders that were never taken.
    func close(_ error: ClientError) -> [LinkOrder] {
        let (orders, waiting, closers) = state.withLock { state in
            state.end = state.end ?? error
            defer {
                state.ready = []
                state.waiting = []
                state.wake = nil
                state.closers = [:]
            }
            return (state.ready, state.waiting, state.closers.values)
        }
        for request in waiting { request.fail(error) }
        for closer in closers { closer() }
        return orders
    }

    private func hasRoom(_ state: State, for request: Request) -> Bool {
        // A request that is larger than the limits passes when it is alone, or it would never pass.
        state.messages == 0
            || state.messages + request.messages <= maxMessages
                && state.bytes + request.frame.readableBytes <= maxBytes
    }

    /// Lets those through that have room, in their order; whether the first of them came into an empty intake.
    private func admitWaiting(_ state: inout State) -> Bool {
        var isFirst = false
        while let next = state.waiting.first, hasRoom(state, for: next) {
            state.waiting.removeFirst()
            isFirst = admit(next, &state) || isFirst
        }
        return isFirst
    }

    /// Lets a request through; whether it is the first in an empty intake.
    private func admit(_ request: Request, _ state: inout State) -> Bool {
        if request.messages > 0 {
            state.messages += request.messages
            state.bytes += request.frame.readableBytes
        }
        state.ready.append(.request(request))
        return state.ready.count == 1
    }
}
