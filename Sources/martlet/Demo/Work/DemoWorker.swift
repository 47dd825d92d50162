// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// One worker: it classifies requests, as the model or a person says, and sends mails, until it is killed.
///
/// It also carries out the faults that the plan has for it, so that they strike at the very point that is meant.
struct DemoWorker: Sendable {
    /// How every subscription hands out messages: leases as short as they can be, so that a demonstration is short too.
    static let options = ConsumerOptions(
        lease: .seconds(1), grace: .seconds(3), maxFailures: 100, backoff: [.milliseconds(100)])

    /// How requests are handed out: one that is not answered in time is told on `$sys.expect.missed`.
    static let classifyOptions: ConsumerOptions = {
        var options = DemoWorker.options
        options.expect = .seconds(2)
        return options
    }()

    let name: String
    let names: DemoNames
    let plan: DemoPlan
    let striker: FaultStriker
    let client: Client
    let cutter: ConnectionCutter
    let journal: LineLog
    let mails: LineLog
    private let runs = RunNumbers()

    /// Works until it is cancelled or its client cannot go on.
    func work() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await client.run() }
            group.addTask {
                try await client.step(
                    names.requests, as: DemoNames.classify, from: .earliest, concurrency: 6,
                    options: Self.classifyOptions, classify)
            }
            group.addTask {
                try await client.consume(
                    names.answers, as: "mail", from: .earliest, concurrency: 6, options: Self.options, mail)
            }
        }
    }

    // MARK: - Handlers

    /// Asks the model: what it is sure of is answered, the rest is parked until a person says what it is.
    private func classify(_ message: Message, _ step: Step) async throws {
        let request = try message.demoBody().request
        try await told("classify", message, request) { tell in
            guard try await step.record(DemoNames.space, names.key(request)) == nil else { return tell(.knownByState) }
            if let label = message.note { return answer(request, label, byPerson: true, to: message, step) }
            strike(request, tell, .cutInStep)
            let call = SimulatedModel(seed: plan.seed).call(request, number: message.attempt)
            try await DemoClock.wait(milliseconds: call.milliseconds)
            guard case .answer(let label, let confidence) = call.reply else {
                tell(.failed)
                throw HandlerFailure.nack(delay: .milliseconds(150), code: "model-failed")
            }
            if call.milliseconds > SimulatedModel.slowMilliseconds { tell(.slow) }
            strike(request, tell, .killInStep, .freezeInStep)
            guard confidence < SimulatedModel.leastConfidence else {
                return answer(request, label, byPerson: false, to: message, step)
            }
            tell(.waiting)
            throw HandlerFailure.park(code: "unsure", note: "\(label), but only \(confidence) % sure")
        }
    }

    private func answer(_ request: Int, _ label: String, byPerson: Bool, to message: Message, _ step: Step) {
        step.set(
            DemoNames.space, names.key(request), to: RequestState(label: label, byPerson: byPerson).bytes)
        // It has no id: that there is one answer must come from the transaction, not from the recognition of repeats.
        step.publish(
            Draft(
                names.answers, body: DemoBody(request, label).bytes, process: message.process,
                cause: "\(message.topic):\(message.offset)"))
    }

    /// Sends the mail: an effect elsewhere, made harmless by a key that stays the same, and a receipt.
    private func mail(_ message: Message) async throws {
        let body = try message.demoBody()
        try await told("mail", message, body.request) { tell in
            guard message.receipt == nil else { return tell(.knownByReceipt) }
            let mail = Mail(key: message.idempotencyKey, request: body.request, label: body.label ?? "")
            mails.append(mail.line)
            strike(body.request, tell, .killAfterMail, .cutAfterMail)
            try await DemoClock.wait(
                milliseconds: OutsideWorld.milliseconds(seed: plan.seed, request: body.request))
            try await message.writeReceipt("done")
            strike(body.request, tell, .killAfterReceipt)
        }
    }

    // MARK: - Telling and faults

    private typealias Tell = @Sendable (DemoEvent.Kind, DemoPlan.Fault?) -> Void

    /// What a handler says about itself.
    private struct Teller: Sendable {
        var tell: Tell

        func callAsFunction(_ kind: DemoEvent.Kind, _ fault: DemoPlan.Fault? = nil) { tell(kind, fault) }
    }

    /// Runs a handler and tells when it begins and how it ends.
    private func told(
        _ step: String, _ message: Message, _ request: Int, _ body: (Teller) async throws -> Void
    ) async throws {
        let run = "\(name)-\(runs.next())"
        let tell = Teller { kind, fault in
            let event = DemoEvent(
                kind, run: run, step: step, offset: message.offset, attempt: message.attempt, request: request,
                fault: fault)
            journal.append(event.line)
        }
        tell(.begun)
        defer { tell(Task.isCancelled ? .lost : .ended) }
        try await body(tell)
    }

    /// Carries out what the plan has for this point, if it has not been done before.
    private func strike(_ request: Int, _ tell: Teller, _ points: DemoPlan.Fault...) {
        if striker.strike(request, at: points, tell: { tell(.fault, $0) }) { cutter.cut() }
    }
}
