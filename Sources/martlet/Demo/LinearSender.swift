// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where calls for the processes of the script are put, and which of them were taken.
final class LinearDesk: Sendable {
    private struct State {
        var names: [String] = []
        var calls = 0
        var accepted: Set<Int> = []
        var tail: LineTail
    }

    private let folder: String
    private let state: Mutex<State>

    /// A desk whose processes are to be named by `staff`.
    init(folder: String) {
        self.folder = folder
        state = Mutex(State(tail: LineTail(path: Self.accepted(in: folder))))
    }

    /// The file in which processes say what they took.
    static func accepted(in folder: String) -> String { "\(folder)/accepted" }

    /// These processes are there now.
    func staff(_ names: [String]) { state.withLock { $0.names = names } }

    /// Puts a request before the process whose turn it is.
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

    /// Waits until a call is taken; false when that takes longer than whoever calls would wait.
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

/// Whoever asks the script: it sends what the plan has, when the plan has it, and again when nobody takes it.
struct LinearSender: Sendable {
    private static let tries = 3

    let plan: DemoPlan
    let desk: LinearDesk
    let board: Scoreboard

    /// Sends everything and returns when all of it is taken or given up.
    func run() async throws {
        let begin = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for (index, arrival) in plan.arrivals.enumerated() {
                let due = begin + .milliseconds(arrival.time)
                if due > .now { try await ContinuousClock().sleep(until: due) }
                group.addTask { try await send(arrival.request, isCut: index == plan.senderCut) }
            }
        }
    }

    private func send(_ request: Int, isCut: Bool) async throws {
        for number in 1...Self.tries {
            let isAccepted = try await desk.isAccepted(try desk.call(request))
            if isCut, number == 1 {
                // It does not hear that its request was taken.
                board.count { $0.senderCuts += 1 }
                continue
            }
            guard isAccepted else { continue }
            return board.count { $0.confirm(request, isDuplicate: false) }
        }
    }
}
