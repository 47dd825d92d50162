// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// Where calls for the processes of the script are put, and which of them were taken.
final class LinearCalls: Sendable {
    private struct State {
        var names: [String] = []
        var calls = 0
        var accepted: Set<Int> = []
        var tail: LineTail
    }

    private let folder: String
    private let state: Lock<State>

    /// Calls whose processes are to be named by `set(processes:)`.
    init(folder: String) {
        self.folder = folder
        state = Lock(State(tail: LineTail(path: Self.accepted(in: folder))))
    }

    /// The file in which processes say what they took.
    static func accepted(in folder: String) -> String { "\(folder)/accepted" }

    /// These processes run now.
    func set(processes names: [String]) { state.withLock { $0.names = names } }

    /// Hands a request to the process whose turn it is.
    ///
    /// - Returns: the number of the call.
    func call(_ request: Int) throws -> Int {
        let (number, name) = state.withLock { state in
            state.calls += 1
            return (state.calls, state.names.isEmpty ? nil : state.names[state.calls % state.names.count])
        }
        if let name {
            let call = LinearProcess.Call(number: number, request: request)
            try LineLog(path: LinearProcess.inbox(of: name, in: folder)).append(call.line)
        }
        return number
    }

    /// Waits until a call is taken; false when that takes longer than a caller would wait.
    func isAccepted(_ call: Int) async throws -> Bool {
        let end = ContinuousClock.now + .milliseconds(LinearScript.timeout)
        while true {
            let isAccepted = state.withLock { state in
                state.accepted.formUnion(state.tail.lines().compactMap { Int($0) })
                return state.accepted.contains(call)
            }
            if isAccepted || .now >= end { return isAccepted }
            try await DemoClock.wait(milliseconds: 10)
        }
    }

    /// Closes what is open.
    func end() { state.withLock { $0.tail.end() } }
}
