// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// A value that is known once, and that anyone may wait for.
final class Pledge<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [@Sendable (Value) -> Void] = []
    }

    private let state = Lock(State())

    /// Makes the value known; a second one is ignored.
    func fulfil(_ value: Value) {
        let waiting = state.withLock { state in
            guard state.value == nil else { return [@Sendable (Value) -> Void]() }
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for body in waiting { body(value) }
    }

    /// Calls back with the value, at once when it is known.
    func whenFulfilled(_ body: @escaping @Sendable (Value) -> Void) {
        let known = state.withLock { state in
            if state.value == nil { state.waiting.append(body) }
            return state.value
        }
        if let known { body(known) }
    }

    /// The value, once it is known.
    var value: Value {
        get async {
            await withCheckedContinuation { continuation in whenFulfilled { continuation.resume(returning: $0) } }
        }
    }
}
