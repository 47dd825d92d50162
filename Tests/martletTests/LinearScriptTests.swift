// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import Testing

@testable import martlet

/// What a script without a broker does with one request.
struct LinearScriptTests {
    /// The process is gone.
    struct Killed: Error {}

    private static let seed: UInt64 = 7
    private let model = SimulatedModel(seed: seed)

    /// What became of a request: the mails, the events and the milliseconds that passed.
    private struct Outcome {
        var mails: [String] = []
        var events: [DemoEvent.Kind] = []
        var milliseconds = 0
        var struck = false
    }

    /// Answers a request; the fault strikes once, where it belongs.
    private func answer(_ request: Int, _ fault: DemoPlan.Fault? = nil) async throws -> Outcome {
        let outcome = Lock(Outcome())
        let script = LinearScript(
            seed: Self.seed,
            surroundings: LinearScript.Surroundings(
                wait: { milliseconds in outcome.withLock { $0.milliseconds += milliseconds } },
                mail: { to, label in
                    #expect(to == request)
                    outcome.withLock { $0.mails.append(label) }
                },
                tell: { kind in outcome.withLock { $0.events.append(kind) } },
                strike: { _, points in
                    let isHit = outcome.withLock { outcome in
                        guard let fault, points.contains(fault), !outcome.struck else { return false }
                        outcome.struck = true
                        return true
                    }
                    if isHit, fault?.isKill == true { throw Killed() }
                    return isHit
                }))
        do { try await script.answer(request) } catch is Killed {}
        return outcome.withLock { $0 }
    }

    private func request(where isWanted: (Int) -> Bool) throws -> Int {
        let found = (1...3_000).first(where: isWanted)
        return try #require(found)
    }

    /// A request with so many failures and slow calls of the model before it answers.
    private func request(failures: Int = 0, slow: Int = 0, isUnsure: Bool = false, isMailSlow: Bool = false) throws
        -> Int
    {
        try request {
            model.failures(of: $0) == failures && model.slowCalls(of: $0) == slow && model.isUnsure(of: $0) == isUnsure
                && (OutsideWorld.milliseconds(seed: Self.seed, request: $0) > 1_000) == isMailSlow
        }
    }

    @Test func `without faults a request is answered once`() async throws {
        let outcome = try await answer(try request())
        #expect(outcome.mails.count == 1 && outcome.events == [])
    }

    @Test func `a model that fails or is slow is asked three times, and not four`() async throws {
        let last = try await answer(try request(failures: 2))
        #expect(last.mails.count == 1 && last.events == [.failed, .failed])
        let mixed = try await answer(try request(failures: 1, slow: 1))
        #expect(mixed.mails.count == 1 && mixed.events == [.failed, .slow])
        #expect(mixed.milliseconds < 1_000 + 40 + 120 + 40 + 1)
        for (failures, slow) in [(3, 0), (2, 1), (1, 2), (0, 3)] {
            let late = try await answer(try request(failures: failures, slow: slow))
            #expect(late.mails == [] && late.events.count == 3)
        }
    }

    @Test func `what the model is not sure of waits for a person, who may decide twice`() async throws {
        let unsure = try request(isUnsure: true)
        let person = SimulatedPerson(seed: Self.seed)
        let outcome = try await answer(unsure)
        #expect(outcome.events == [.waiting])
        #expect(outcome.mails == person.decisions(on: unsure).map(\.label))
        #expect(outcome.milliseconds >= person.milliseconds(for: unsure))
    }

    @Test func `a process that is killed loses what it had in hand, and not what it had sent`() async throws {
        let request = try request()
        #expect(try await answer(request, .killInStep).mails == [])
        #expect(try await answer(request, .killAfterMail).mails.count == 1)
        #expect(try await answer(request, .killAfterReceipt).mails.count == 1)
    }

    @Test func `a lost answer of the mail service, and one that comes late, double the mail`() async throws {
        #expect(try await answer(try request(), .cutAfterMail).mails.count == 2)
        #expect(try await answer(try request(isMailSlow: true)).mails.count == 2)
    }

    @Test func `a call of the model that is cut is one of the three`() async throws {
        #expect(try await answer(try request(), .cutInStep).mails.count == 1)
        #expect(try await answer(try request(failures: 2), .cutInStep).mails.count == 1)
        #expect(try await answer(try request(slow: 1), .cutInStep).mails.count == 1)
    }

    @Test func `a call is read as it was written`() {
        let call = LinearProcess.Call(number: 12, request: 7)
        #expect(LinearProcess.Call(line: call.line) == call)
        for line in ["", "1", "1 2 3", "a b"] { #expect(LinearProcess.Call(line: line) == nil) }
    }
}
