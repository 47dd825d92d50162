// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import martlet

/// What a script without a broker makes of the same plan.
struct LinearScriptTests {
    private let seed: UInt64 = 7

    /// Requests that the model answers at once and surely, and whose mail is quick.
    private func easy(_ count: Int) -> [Int] {
        let model = SimulatedModel(seed: seed)
        return (1...1_000).filter {
            model.failures(of: $0) == 0 && model.slowCalls(of: $0) == 0 && !model.isUnsure(of: $0)
                && OutsideWorld.milliseconds(seed: seed, request: $0) < 1_000
        }.prefix(count).map { $0 }
    }

    private func request(where isWanted: (Int) -> Bool) throws -> Int {
        let found = (1...2_000).first(where: isWanted)
        return try #require(found)
    }

    /// How many mails each request led to, when requests arrive at these times.
    private func mails(
        _ arrivals: [(request: Int, time: Int)], faults: [Int: DemoPlan.Fault] = [:], restarts: [Int] = []
    ) -> [Int: Int] {
        // The sender's own connection is cut while it sends the last, which belongs to nobody.
        let all = arrivals + Array(repeating: (request: 5_000, time: 1_000_000), count: arrivals.count + 1)
        let plan = DemoPlan(
            seed: seed, requests: 5_000,
            arrivals: all.map {
                DemoPlan.Arrival(time: $0.time, request: $0.request, copy: 0, isRepeat: false, isDelayed: false)
            }, faults: faults, restarts: restarts)
        let sent = LinearScript(plan: plan, processes: 1).world.sent
        return arrivals.reduce(into: [:]) { $0[$1.request] = sent[$1.request]?.count ?? 0 }
    }

    @Test func `without faults each request is answered once`() {
        let requests = easy(3)
        let mails = mails(requests.enumerated().map { (request: $1, time: $0) })
        #expect(mails.values.allSatisfy { $0 == 1 } && mails.count == 3)
    }

    @Test func `a repeat is answered again`() {
        let request = easy(1)[0]
        #expect(mails([(request, 0), (request, 500)]) == [request: 2])
    }

    @Test func `a process that is killed in a step loses it, and what else it had in hand`() {
        let requests = easy(3)
        let mails = mails(
            [(requests[0], 0), (requests[1], 0), (requests[2], 5_000)], faults: [requests[0]: .killInStep])
        #expect(mails[requests[0]] == 0 && mails[requests[2]] == 1)
    }

    @Test func `a kill after the mail does not lose the mail`() {
        let request = easy(1)[0]
        #expect(mails([(request, 0)], faults: [request: .killAfterMail]) == [request: 1])
    }

    @Test func `a restart loses what waits for a person`() throws {
        let model = SimulatedModel(seed: seed)
        let unsure = try request { model.isUnsure(of: $0) && model.failures(of: $0) + model.slowCalls(of: $0) == 0 }
        let other = easy(1)[0]
        #expect(mails([(unsure, 0), (other, 200)], restarts: [1]) == [unsure: 0, other: 1])
        #expect(mails([(unsure, 0), (other, 200)])[unsure] ?? 0 >= 1)
    }

    @Test func `a lost answer of the mail service and one that comes late double the mail`() throws {
        let request = easy(1)[0]
        #expect(mails([(request, 0)], faults: [request: .cutAfterMail]) == [request: 2])
        let model = SimulatedModel(seed: seed)
        let late = try self.request {
            OutsideWorld.milliseconds(seed: seed, request: $0) > 1_000 && !model.isUnsure(of: $0)
                && model.failures(of: $0) + model.slowCalls(of: $0) == 0
        }
        #expect(mails([(late, 0)]) == [late: 2])
    }

    @Test func `a request that fails three times is given up`() throws {
        let model = SimulatedModel(seed: seed)
        let failing = try request { model.failures(of: $0) == 3 }
        let luckier = try request {
            model.failures(of: $0) == 2 && model.slowCalls(of: $0) == 0 && !model.isUnsure(of: $0)
                && OutsideWorld.milliseconds(seed: seed, request: $0) < 1_000
        }
        #expect(mails([(failing, 0), (luckier, 0)]) == [failing: 0, luckier: 1])
    }

    @Test func `the table says what was lost and doubled`() {
        let summary = LinearScript(plan: DemoPlan(seed: 7, requests: 60), processes: 3).summary
        #expect(summary.outcome.lost > 0 && summary.outcome.doubled > 0)
        #expect(summary.outcome.once + summary.outcome.doubled + summary.outcome.lost == 60)
        #expect(summary.text.contains("a straight-line script") && summary.text.contains("  lost  "))
        #expect(summary == LinearScript(plan: DemoPlan(seed: 7, requests: 60), processes: 3).summary)
    }
}
