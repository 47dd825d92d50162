// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Whoever asks: it sends what the plan has, when the plan has it.
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
        let draft = Draft(names.requests, body: DemoBody(arrival.request).bytes, id: names.id(of: arrival))
        let isDuplicate = try await client.publish(draft).isDuplicate
        board.count { $0.confirm(arrival.request, isDuplicate: isDuplicate) }
    }
}

/// The people who decide: each request is looked at after a while.
struct DemoPeople: Sendable {
    let plan: DemoPlan
    let names: DemoNames
    let client: Client
    let board: Scoreboard

    /// Decides until it is cancelled or the client ends.
    func run() async throws {
        let person = SimulatedPerson(seed: plan.seed)
        try await client.consume(
            names.review, as: "person", from: .earliest, concurrency: 64, options: DemoWorker.options
        ) { message in
            let request = try message.demoBody().request
            try await DemoClock.wait(milliseconds: person.milliseconds(for: request))
            for decision in person.decisions(on: request) {
                let draft = Draft(
                    names.decisions, body: DemoBody(request, decision.label).bytes,
                    id: "\(names.run)-decision-\(request)-\(decision.number)")
                let isDuplicate = try await client.publish(draft).isDuplicate
                board.count { $0.confirmDecision(isDuplicate: isDuplicate) }
            }
        }
    }
}
