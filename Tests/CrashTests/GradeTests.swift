// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// Each grade of handlers has the effects of each message once, whatever is killed.
    struct GradeTests {
        private static let rounds = 8

        @Test(.timeLimit(.minutes(5)))
        func `kills leave each message with its effects once, in Martlet, in SQLite and elsewhere`() async throws {
            let campaign = GradeCampaign(seed: RealProcess.anySeed(), rounds: Wish.rounds ?? Self.rounds)
            let command = RealProcess.command("GradeTests", seed: campaign.seed, rounds: campaign.rounds)
            do {
                let outcome = try await campaign.run()
                let figures =
                    "\(campaign.rounds) rounds of seed \(campaign.seed): \(outcome.messages) messages, "
                    + "\(outcome.runs) runs of handlers, \(outcome.redeliveries) of them redeliveries"
                if Wish.rounds != nil { FileHandle.standardError.write(Data((figures + "\n").utf8)) }
                let complaint = outcome.complaints.prefix(10).joined(separator: "\n")
                #expect(complaint.isEmpty, "\(figures)\n\(complaint)\nrepeat with: \(command)")
                // Else nothing was at stake.
                #expect(outcome.redeliveries > 0, "\(figures)")
            } catch {
                Issue.record("\(error)\nrepeat with: \(command)")
            }
        }
    }
}
