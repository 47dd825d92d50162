// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The sender of the requests: it calls the script at the time of each arrival, and again when no process takes it.
struct LinearSender: Sendable {
    private static let tries = 3

    let plan: DemoPlan
    let calls: LinearCalls
    let board: Scoreboard

    /// Sends everything and returns when all of it is taken or given up.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await plan.follow { index, arrival in
                group.addTask { try await send(arrival.request, isCut: index == plan.senderCut) }
            }
        }
    }

    private func send(_ request: Int, isCut: Bool) async throws {
        for number in 1...Self.tries {
            let isAccepted = try await calls.isAccepted(try calls.call(request))
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
