// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// The colleague who is called when a request is not answered in time: a subscriber of missed expectations.
struct DemoColleague: Sendable {
    /// Milliseconds until the colleague asks again how a request stands.
    private static let pause = 100

    let names: DemoNames
    let client: Client
    let board: Scoreboard

    /// Looks after late requests until it is cancelled or the client ends.
    func run() async throws {
        try await client.consume(
            DemoNames.missed, as: names.escalation, from: .earliest, concurrency: 64, options: DemoWorker.options
        ) { message in
            guard let (request, offset) = names.request(inEvent: message.body) else { return }
            while let answer = try await why(offset) {
                board.count { $0.escalate(request, WhySentence(answer).text) }
                // What is in work, or will be tried again, needs no person.
                guard answer.verdict == .parked else {
                    try await DemoClock.wait(milliseconds: Self.pause)
                    continue
                }
                let label = SimulatedModel.labels[request % SimulatedModel.labels.count]
                try await names.decide(offset, label, client, board)
            }
        }
    }

    /// Why the request is not handled; nil when it is.
    private func why(_ offset: UInt64) async throws -> WhyAnswer? {
        let explanations = try await client.administration.why(
            names.requests, .offset(offset), subscription: DemoNames.classify)
        let answer = explanations.first.flatMap { JSONValue($0.rawJSON) }.flatMap { WhyAnswer($0) }
        return answer?.verdict == .handled ? nil : answer
    }
}
