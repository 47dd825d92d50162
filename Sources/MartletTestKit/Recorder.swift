// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// What comes together in a test, from any task and in the order in which it came, and what others wait for.
///
/// A handler that a test runs beside itself may append to it, where the compiler takes no variable of the test.
public final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        var isReady: @Sendable ([Element]) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Int: Waiter] = [:]
        var next = 0
    }

    private let state = Lock(State())

    /// Makes a recorder of nothing yet.
    public init() {}

    /// What has come until now, in its order.
    public var all: [Element] { state.withLock { $0.elements } }

    /// Adds what has come.
    public func append(_ element: Element) {
        let ready = state.withLock { state -> [Waiter] in
            state.elements.append(element)
            let ready = state.waiters.filter { $0.value.isReady(state.elements) }
            for number in ready.keys { state.waiters[number] = nil }
            return Array(ready.values)
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// Waits until so many have come.
    ///
    /// - Returns: all that have come.
    /// - Throws: `CancellationError` when the task is cancelled.
    @discardableResult public func wait(for count: Int) async throws -> [Element] {
        try await wait { $0.count >= count }
    }

    /// Waits until what has come is as it is wanted.
    ///
    /// - Parameter isReady: says so; it is asked at each that comes, and must be quick.
    /// - Returns: all that have come.
    /// - Throws: `CancellationError` when the task is cancelled.
    @discardableResult public func wait(
        until isReady: @escaping @Sendable ([Element]) -> Bool
    ) async throws -> [Element] {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isReached = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Bool? in
                    if isReady(state.elements) { return true }
                    if Task.isCancelled { return false }
                    state.waiters[number] = Waiter(isReady: isReady, continuation: continuation)
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: false)
        }
        guard isReached else { throw CancellationError() }
        return all
    }
}
