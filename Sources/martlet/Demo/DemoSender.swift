// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The sender of the requests: it sends each arrival of the plan at its time.
struct DemoSender: Sendable {
    let plan: DemoPlan
    let names: DemoNames
    let client: Client
    let cutter: ConnectionCutter
    let board: Scoreboard

    /// Sends everything and returns when all of it is confirmed.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await plan.follow { index, arrival in
                group.addTask { try await send(arrival) }
                guard index == plan.senderCut else { return }
                board.count { $0.senderCuts += 1 }
                cutter.cut()
            }
        }
    }

    private func send(_ arrival: DemoPlan.Arrival) async throws {
        let draft = Draft(
            names.requests, body: DemoBody(arrival.request).bytes, id: names.id(of: arrival),
            process: names.key(arrival.request))
        let isDuplicate = try await client.publish(draft).isDuplicate
        board.count { $0.confirm(arrival.request, isDuplicate: isDuplicate) }
    }
}
