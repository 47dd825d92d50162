// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

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
