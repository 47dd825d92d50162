// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import MartletClient
import UnixSignals

/// A whole demonstration: a broker, workers, whoever asks and decides, and the faults of the plan.
final class DemoRun {
    private let plan: DemoPlan
    private let workers: Int
    private let screen: DemoScreen
    private let names: DemoNames
    private let folder: String
    private let board = Scoreboard()
    private let begin = ContinuousClock.now
    private var journal: LineTail
    private var mails: LineTail
    private var log: [Mail] = []

    /// Prepares a run of a plan.
    init(plan: DemoPlan, workers: Int, screen: DemoScreen) {
        self.plan = plan
        self.workers = workers
        self.screen = screen
        let run = String(UInt64(Date().timeIntervalSince1970 * 1_000), radix: 36)
        names = DemoNames(run: run)
        folder = FileManager.default.temporaryDirectory.path + "/martlet-demo-\(run)-\(getpid())"
        journal = LineTail(path: folder + "/journal")
        mails = LineTail(path: folder + "/mails")
    }

    /// Runs it and shows the proof.
    ///
    /// - Returns: whether every request was answered exactly once in effect.
    func run() async throws -> Bool {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.io, "cannot make the folder \(folder): \(error)")
        }
        var isKept = true
        defer {
            journal.end()
            mails.end()
            if !isKept { try? FileManager.default.removeItem(atPath: folder) }
        }
        let broker = DemoBroker(folder: folder)
        defer { broker.kill() }
        try await broker.start()
        try screen.tell("a broker runs on port \(broker.port)", board.tally, seconds: seconds)
        do {
            let evidence = try await play(broker)
            let isProved = try show(evidence)
            isKept = !isProved
            return isProved
        } catch let error as ClientError {
            throw CommandFailure(.refused, "the demonstration broke: \(error.message); its logs are in \(folder)")
        } catch is CancellationError {
            isKept = false
            throw ExitCode(130)
        }
    }

    /// Seconds since the beginning.
    private var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

    /// After so many seconds something is stuck, and the proof will tell what.
    private var limit: Double { 60 + Double(plan.requests) / 10 }

    private func play(_ broker: DemoBroker) async throws -> DemoEvidence {
        let crew = try WorkerCrew(
            count: workers, folder: folder,
            arguments: [
                "--port", "\(broker.port)", "--run", names.run, "--plan-seed", "\(plan.seed)",
                "--plan-requests", "\(plan.requests)",
            ])
        defer { crew.dismiss() }
        let quiet = Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
        let cutter = ConnectionCutter()
        let sending = try Client(cutter.client(name: "demo-sender", port: broker.port), logger: quiet)
        let deciding = try Client(ConnectionCutter().client(name: "demo-people", port: broker.port), logger: quiet)
        let sender = DemoSender(plan: plan, names: names, client: sending, cutter: cutter, board: board)
        let people = DemoPeople(plan: plan, names: names, client: deciding, board: board)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [board] in await board.watch("the sender's client") { try await sending.run() } }
            group.addTask { [board] in await board.watch("the people's client") { try await deciding.run() } }
            group.addTask { [board] in await board.watch("the sender") { try await sender.run() } }
            group.addTask { [board] in await board.watch("the people") { try await people.run() } }
            group.addTask { [board] in
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { board.interrupt() }
            }
            try await supervise(broker, crew)
            group.cancelAll()
            try await group.waitForAll()
        }
        return try DemoReader(names: names, port: broker.port).evidence(mails: log)
    }

    /// Looks after everything until all requests are answered and nothing is left to do.
    private func supervise(_ broker: DemoBroker, _ crew: WorkerCrew) async throws {
        var restarts = plan.restarts[...]
        var round = 0
        while seconds < limit, board.problems.isEmpty {
            if board.isInterrupted { throw CancellationError() }
            count()
            try broker.look()
            for incident in try crew.look() { try tell(incident) }
            if let next = restarts.first, board.tally.published >= next {
                restarts = restarts.dropFirst()
                try await restart(broker)
            }
            if round.isMultiple(of: 5) {
                try screen.draw(board.tally, requests: plan.requests, seconds: seconds)
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
        count()
        try screen.draw(board.tally, requests: plan.requests, seconds: seconds)
    }

    private func count() {
        let events = journal.lines().compactMap { DemoEvent(line: $0) }
        let sent = mails.lines().compactMap { Mail(line: $0) }
        log += sent
        board.count { tally in
            for event in events { tally.take(event) }
            for mail in sent { tally.world.take(mail) }
        }
    }

    private func restart(_ broker: DemoBroker) async throws {
        broker.kill()
        let dead = ContinuousClock.now
        try await broker.start()
        board.count { $0.restarts += 1 }
        let milliseconds = Int((ContinuousClock.now - dead) / .milliseconds(1))
        try tell("the broker was killed with kill -9, and is back after \(milliseconds) ms")
    }

    private func tell(_ incident: WorkerCrew.Incident) throws {
        switch incident {
        case .replaced(let name): try tell("worker \(name) was killed in the middle of its work, and replaced")
        case .frozen(let name): try tell("worker \(name) is frozen with the model's answer in its hands")
        case .woken(let name): try tell("worker \(name) goes on, with leases that have run out")
        }
    }

    private func tell(_ text: String) throws {
        try screen.tell(text, board.tally, seconds: seconds)
    }

    /// Shows the table and the proof.
    private func show(_ evidence: DemoEvidence) throws -> Bool {
        let tally = board.tally
        let world = OutsideWorld(evidence.mails)
        let summary = DemoSummary(
            title: "Martlet", requests: plan.requests,
            outcome: DemoOutcome(requests: plan.requests, world: world),
            thrown: DemoSummary.thrown(
                plan: plan, failures: tally.failures, slowCalls: tally.slowCalls, waited: tally.waited,
                kills: tally.kills, freezes: tally.freezes, cuts: tally.cuts, restarts: tally.restarts),
            taken: [
                ("repeats known by their id", tally.knownByID),
                ("repeats known by the request's record", tally.knownByState),
                ("repeats known by their receipt", tally.knownByReceipt),
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
                \(DemoScreen.tenths(seconds)) s.
                The mail service's log, the topic \(names.answers) and the records of the requests agree.

                """
        } else {
            text += "NOT PROVED: \(findings.count) things are wrong after \(DemoScreen.tenths(seconds)) s, with "
            text += "\(tally.published) of \(plan.arrivals.count) arrivals confirmed.\n"
            text += board.problems.map { "  \($0)\n" }.joined()
            text += findings.prefix(20).map { "  \($0)\n" }.joined()
            text += "The broker's data and the logs are in \(folder)\n"
        }
        try StandardOutput.write(text)
        return isProved
    }
}
