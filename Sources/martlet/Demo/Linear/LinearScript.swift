// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A straight-line script without a broker, as most automations are: request, model, person, mail, one after the other.
///
/// It is as good as such scripts are: it gives each call a second and tries it again. What it has in hand, people's
/// decisions included, is in its memory only, and it cannot know what it did in an earlier life.
struct LinearScript: Sendable {
    /// What the script touches.
    struct Surroundings: Sendable {
        /// Lets so many milliseconds pass.
        var wait: @Sendable (Int) async throws -> Void
        /// Asks the mail service to send an answer.
        var mail: @Sendable (_ request: Int, _ label: String) -> Void
        /// Says what happens.
        var tell: @Sendable (DemoEvent.Kind) -> Void
        /// Comes to a point where a fault may strike; whether the connection that is in use was cut by one.
        var strike: @Sendable (_ request: Int, _ points: [DemoPlan.Fault]) throws -> Bool
    }

    /// How often it asks the model.
    static let modelTries = 3
    /// How often it asks the mail service.
    static let mailTries = 2
    /// How long it waits for an answer, in milliseconds.
    static let timeout = 1_000

    let seed: UInt64
    let surroundings: Surroundings

    /// Answers a request, or gives it up.
    func answer(_ request: Int) async throws {
        guard let (label, confidence) = try await classify(request) else { return }
        _ = try surroundings.strike(request, [.killInStep, .freezeInStep])
        guard confidence < SimulatedModel.leastConfidence else { return try await mail(request, label) }
        surroundings.tell(.waiting)
        let person = SimulatedPerson(seed: seed)
        try await surroundings.wait(person.milliseconds(for: request))
        for decision in person.decisions(on: request) { try await mail(request, decision.label) }
    }

    /// Asks the model until it answers in time; nil when the script gives up.
    private func classify(_ request: Int) async throws -> (label: String, confidence: Int)? {
        for number in 1...Self.modelTries {
            // It is unknown whether a call that was cut had been made; the next is another.
            if try surroundings.strike(request, [.cutInStep]) { continue }
            let call = SimulatedModel(seed: seed).call(request, number: number)
            try await surroundings.wait(min(call.milliseconds, Self.timeout))
            switch call.reply {
            case .failure: surroundings.tell(.failed)
            case .answer where call.milliseconds > Self.timeout: surroundings.tell(.slow)
            case .answer(let label, let confidence): return (label, confidence)
            }
        }
        return nil
    }

    /// Sends a mail until the service has answered in time: what it did before that is remembered nowhere.
    private func mail(_ request: Int, _ label: String) async throws {
        for _ in 1...Self.mailTries {
            surroundings.mail(request, label)
            if try surroundings.strike(request, [.killAfterMail, .cutAfterMail]) { continue }
            let milliseconds = OutsideWorld.milliseconds(seed: seed, request: request)
            try await surroundings.wait(min(milliseconds, Self.timeout))
            if milliseconds <= Self.timeout { break }
        }
        _ = try surroundings.strike(request, [.killAfterReceipt])
    }
}
