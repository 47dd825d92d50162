// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The person who decides what the model is not sure of: a subscriber of what the broker tells about parked messages.
///
/// Who looks away once is not told again; then the colleague is called.
struct DemoPeople: Sendable {
    let plan: DemoPlan
    let names: DemoNames
    let client: Client
    let board: Scoreboard

    /// Decides until it is cancelled or the client ends.
    func run() async throws {
        let person = SimulatedPerson(seed: plan.seed)
        try await client.consume(
            DemoNames.parked, as: names.people, from: .earliest, concurrency: 64, options: DemoWorker.options
        ) { message in
            guard let (request, offset) = names.request(inEvent: message.body) else { return }
            try await DemoClock.wait(milliseconds: person.milliseconds(for: request))
            if person.overlooks(request), board.overlook(request) { return }
            for decision in person.decisions(on: request) {
                try await names.decide(offset, decision.label, client, board)
            }
        }
    }
}
