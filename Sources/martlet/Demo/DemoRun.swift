// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import MartletClient
import UnixSignals

/// A whole demonstration: a broker, workers, a sender, people who decide, and the faults of the plan.
final class DemoRun {
    private let workers: Int
    private let names: DemoNames
    private let stage: DemoStage
    private var plan: DemoPlan { stage.plan }
    private var board: Scoreboard { stage.board }

    /// Prepares a run of a plan.
    init(plan: DemoPlan, workers: Int, screen: DemoScreen) throws {
        self.workers = workers
        names = DemoNames(run: DemoStage.makeName())
        stage = try DemoStage(plan: plan, run: names.run, screen: screen)
    }

    /// Runs it and shows the proof.
    ///
    /// - Returns: whether every request was answered exactly once in effect.
    func run() async throws -> Bool {
        var isKept = true
        defer { stage.end(keepsFolder: isKept) }
        let broker = DemoBroker(folder: stage.folder)
        defer { broker.kill() }
        try await broker.start()
        try stage.tell("a broker runs on port \(broker.port)")
        do {
            let (evidence, story) = try await play(broker)
            let isProved = try show(evidence, story)
            isKept = !isProved
            return isProved
        } catch let error as ClientError {
            throw CommandFailure(.refused, "the demonstration broke: \(error.message); its logs are in \(stage.folder)")
        } catch is CancellationError {
            isKept = false
            throw ExitCode(130)
        }
    }

    private func play(_ broker: DemoBroker) async throws -> (DemoEvidence, DemoStory?) {
        let crew = try WorkerCrew(
            role: "worker", count: workers, folder: stage.folder,
            arguments: [
                "--port", "\(broker.port)", "--run", names.run, "--plan-seed", "\(plan.seed)",
                "--plan-requests", "\(plan.requests)",
            ])
        defer { crew.stop() }
        let quiet = Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
        let cutter = ConnectionCutter()
        let sending = try Client(cutter.client(name: "demo-sender", port: broker.port), logger: quiet)
        let deciding = try Client(ConnectionCutter().client(name: "demo-people", port: broker.port), logger: quiet)
        let sender = DemoSender(plan: plan, names: names, client: sending, cutter: cutter, board: board)
        let people = DemoPeople(plan: plan, names: names, client: deciding, board: board)
        let colleague = DemoColleague(names: names, client: deciding, board: board)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [board] in await board.watch("the sender's client") { try await sending.run() } }
            group.addTask { [board] in await board.watch("the people's client") { try await deciding.run() } }
            group.addTask { [board] in await board.watch("the sender") { try await sender.run() } }
            group.addTask { [board] in await board.watch("the people") { try await people.run() } }
            group.addTask { [board] in await board.watch("the colleague") { try await colleague.run() } }
            group.addTask { [board] in
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { board.interrupt() }
            }
            try await supervise(broker, crew)
            group.cancelAll()
            try await group.waitForAll()
        }
        let reader = try DemoReader(names: names, port: broker.port)
        let hardest = board.tally.hardest
        return (
            try reader.evidence(mails: stage.log),
            try hardest.map { try reader.story(of: $0.request, life: $0.life) }
        )
    }

    /// Looks after everything until all requests are answered and all messages are settled.
    private func supervise(_ broker: DemoBroker, _ crew: WorkerCrew) async throws {
        var restarts = plan.restarts[...]
        var round = 0
        while try stage.goesOn() {
            stage.count()
            try broker.look()
            for incident in try crew.look() { try stage.tell(incident) }
            if let next = restarts.first, board.tally.published >= next {
                restarts = restarts.dropFirst()
                try await restart(broker)
            }
            if round.isMultiple(of: 5) {
                try stage.draw()
                let tally = board.tally
                if restarts.isEmpty, tally.answered == plan.requests, tally.published == plan.arrivals.count,
                    try DemoReader(names: names, port: broker.port).backlog().unsettled == 0
                {
                    break
                }
            }
            round += 1
            try await DemoClock.wait(milliseconds: 20)
        }
        stage.count()
        try stage.draw()
    }

    private func restart(_ broker: DemoBroker) async throws {
        broker.kill()
        let dead = ContinuousClock.now
        try await broker.start()
        board.count { $0.restarts += 1 }
        let milliseconds = Int((ContinuousClock.now - dead) / .milliseconds(1))
        try stage.tell("the broker was killed with kill -9, and is back after \(milliseconds) ms")
    }

    /// Shows the table and the proof.
    private func show(_ evidence: DemoEvidence, _ story: DemoStory?) throws -> Bool {
        let tally = board.tally
        let world = OutsideWorld(evidence.mails)
        let summary = DemoSummary(
            title: "Martlet", requests: plan.requests,
            outcome: DemoOutcome(requests: plan.requests, world: world),
            thrown: DemoSummary.thrown(plan, tally),
            taken: [
                ("repeats known by their id", tally.knownByID),
                ("repeats known by the request's record", tally.knownByState),
                ("repeats known by their receipt", tally.knownByReceipt),
                ("decisions that came after another", tally.lateDecisions),
                ("requests late, for which a colleague was called", tally.escalated),
                ("repeated calls known by their idempotency key", world.absorbed),
                ("redeliveries", tally.redeliveries),
                ("leases lost by workers that went on", tally.leaseLosses),
            ])
        let findings = DemoProof.findings(requests: plan.requests, evidence: evidence)
        var text = "\n" + summary.text + "\n"
        let isProved = findings.isEmpty && board.problems.isEmpty
        if isProved {
            text += """
                PROVED: \(plan.requests) requests, \(plan.requests) answered exactly once, 0 lost, 0 doubled, in \
                \(DemoScreen.tenths(stage.seconds)) s.
                The mail service's log, the topic \(names.answers) and the records of the requests agree.

                """
        } else {
            text += "NOT PROVED: \(findings.count) things are wrong after \(DemoScreen.tenths(stage.seconds)) s, with "
            text += "\(tally.published) of \(plan.arrivals.count) arrivals confirmed.\n"
            text += board.problems.map { "  \($0)\n" }.joined()
            text += findings.prefix(20).map { "  \($0)\n" }.joined()
            text += "The broker's data and the logs are in \(stage.folder)\n"
        }
        try StandardOutput.write(text + (story?.text ?? ""))
        return isProved
    }
}
