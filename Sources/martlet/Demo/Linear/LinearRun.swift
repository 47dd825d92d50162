// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import UnixSignals

/// A run of the same plan through a straight-line script: the same arrivals, the same faults, and no broker.
final class LinearRun {
    private let workers: Int
    private let stage: DemoStage

    /// Prepares a run of a plan through so many processes.
    init(plan: DemoPlan, workers: Int, screen: DemoScreen) throws {
        self.workers = workers
        stage = try DemoStage(plan: plan, run: DemoStage.makeName(), screen: screen)
    }

    /// Runs it and shows what came of it.
    func run() async throws {
        var isKept = true
        defer { stage.end(keepsFolder: isKept) }
        do {
            try await play()
        } catch is CancellationError {
            isKept = false
            throw ExitCode(130)
        }
        guard stage.board.problems.isEmpty, stage.seconds < stage.limit else {
            let problem = stage.board.problems.first ?? "it did not come to its end"
            throw CommandFailure(.refused, "the script broke: \(problem); its logs are in \(stage.folder)")
        }
        try StandardOutput.write("\n" + summary.text)
        isKept = false
    }

    private func play() async throws {
        let plan = stage.plan
        let crew = try WorkerCrew(
            role: "script", count: workers, folder: stage.folder,
            arguments: ["--plan-seed", "\(plan.seed)", "--plan-requests", "\(plan.requests)"])
        defer { crew.stop() }
        let calls = LinearCalls(folder: stage.folder)
        defer { calls.end() }
        calls.set(processes: crew.names)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let board = stage.board
            group.addTask {
                await board.watch("the sender") { try await LinearSender(plan: plan, calls: calls, board: board).run() }
                board.finishSending()
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { board.interrupt() }
            }
            try await supervise(crew, calls)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Looks after the processes until all requests are sent and no process works on one.
    private func supervise(_ crew: WorkerCrew, _ calls: LinearCalls) async throws {
        var restarts = stage.plan.restarts[...]
        var (round, quietRounds) = (0, 0)
        while try stage.goesOn() {
            // What was taken was begun before, so this order leaves nothing out.
            let isSent = stage.board.isSent
            stage.count()
            for incident in try crew.look() {
                if case .replaced = incident { forgetKilled(crew) }
                try stage.tell(incident)
            }
            calls.set(processes: crew.names)
            if let next = restarts.first, stage.board.tally.published >= next {
                restarts = restarts.dropFirst()
                try restart(crew, calls)
            }
            if round.isMultiple(of: 5) { try stage.draw() }
            // A process that was frozen may find calls whose senders have given up.
            quietRounds = isSent && stage.board.tally.isIdle ? quietRounds + 1 : 0
            if quietRounds == 5 { break }
            round += 1
            try await DemoClock.wait(milliseconds: 20)
        }
        stage.count()
        try stage.draw()
    }

    private func restart(_ crew: WorkerCrew, _ calls: LinearCalls) throws {
        try crew.restart()
        calls.set(processes: crew.names)
        stage.board.count { $0.restarts += 1 }
        forgetKilled(crew)
        try stage.tell("all processes of the script were killed with kill -9, and started again")
    }

    /// Takes the last reports of killed processes, and counts them as working on nothing.
    private func forgetKilled(_ crew: WorkerCrew) {
        stage.count()
        stage.board.count { [names = crew.names] in $0.forgetAll(but: names) }
    }

    private var summary: DemoSummary {
        let tally = stage.board.tally
        return DemoSummary(
            title: "a straight-line script", requests: stage.plan.requests,
            outcome: DemoOutcome(requests: stage.plan.requests, world: OutsideWorld(stage.log)),
            thrown: DemoSummary.thrown(stage.plan, tally), taken: [])
    }
}
