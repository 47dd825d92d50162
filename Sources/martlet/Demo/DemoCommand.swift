// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Logging
import MartletClient

/// `martlet demo`: shows what Martlet is for, with faults.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Answer requests while everything fails, and prove that each was answered once.",
        usage: "martlet demo [--seed <n>] [--requests <n>] [--workers <n>] [--linear] [--plain]",
        discussion: """
            Requests arrive, a model says what they are, a person decides what the model is
            not sure of, and an answer is mailed. Meanwhile requests come twice, late and
            out of order, the model is slow or down, workers are killed, frozen and cut
            off, and the broker is killed with kill -9 and started again. At the end the
            mail service's log, the published answers and the records are compared: every
            request must have exactly one answer. All faults follow from the seed.

            It starts a broker of its own in a temporary folder. With --linear the same
            requests and faults go through a straight-line script without a broker:
            processes that call the model, wait for the person and send the mail one
            after the other, with a timeout of a second, retries, and nothing on disk.

            Exit codes: 0 every request was answered exactly once (or --linear), 1 some
            were not.
            """,
        subcommands: [DemoBrokerCommand.self, DemoWorkerCommand.self, DemoScriptCommand.self])

    @Option(help: ArgumentHelp("From what all chance follows.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How many requests arrive, 10 to 5000.", valueName: "n"))
    var requests = 200

    @Option(help: ArgumentHelp("How many workers share them, 1 to 16.", valueName: "n"))
    var workers = 3

    @Flag(help: "Run a straight-line script on the same requests and faults instead.")
    var linear = false

    @Flag(help: "Print lines instead of a table that is drawn again; so it is when standard output is no terminal.")
    var plain = false

    mutating func validate() throws {
        guard (10...5_000).contains(requests) else {
            throw ValidationError("--requests \(requests): expected a number from 10 to 5000")
        }
        guard (1...16).contains(workers) else {
            throw ValidationError("--workers \(workers): expected a number from 1 to 16")
        }
    }

    func run() async throws {
        let plan = DemoPlan(seed: seed, requests: requests)
        do {
            let screen = DemoScreen(isPlain: plain || isatty(STDOUT_FILENO) == 0)
            if linear {
                try await LinearRun(plan: plan, workers: workers, screen: screen).run()
            } else {
                let isProved = try await DemoRun(plan: plan, workers: workers, screen: screen).run()
                if !isProved { throw ExitCode(1) }
            }
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }
}

/// `martlet demo broker`: the broker of a demonstration, which starts it and without which it ends.
struct DemoBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "The broker of a demonstration.", shouldDisplay: false)

    @Option var data: String
    @Option var port: Int

    func run() async throws {
        let arguments = ["--data", data, "--port", "\(port)"]
        try await whileParentLives { try await ServeCommand.parse(arguments).run() }
    }
}

/// `martlet demo worker`: one worker of a demonstration, which starts it.
struct DemoWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "One worker of a demonstration.", shouldDisplay: false)

    // The demonstration's own options would take --seed and --requests, wherever they stand.
    @Option var name: String
    @Option var folder: String
    @Option var port: Int
    @Option(name: .customLong("run")) var runName: String
    @Option var planSeed: UInt64
    @Option var planRequests: Int

    func run() async throws {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .notice
            return handler
        }
        let cutter = ConnectionCutter()
        let plan = DemoPlan(seed: planSeed, requests: planRequests)
        let worker = DemoWorker(
            name: name, names: DemoNames(run: runName), plan: plan, striker: FaultStriker(plan: plan, folder: folder),
            client: try Client(cutter.client(name: "demo-\(name)", port: port), logger: Logger(label: name)),
            cutter: cutter, journal: try LineLog(path: folder + "/journal"), mails: try LineLog(path: folder + "/mails")
        )
        try await whileParentLives { try await worker.work() }
    }
}

/// `martlet demo script`: one process of a straight-line script, which a demonstration starts.
struct DemoScriptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script", abstract: "One process of a straight-line script.", shouldDisplay: false)

    @Option var name: String
    @Option var folder: String
    @Option var planSeed: UInt64
    @Option var planRequests: Int

    func run() async throws {
        let process = LinearProcess(
            name: name, plan: DemoPlan(seed: planSeed, requests: planRequests), folder: folder,
            journal: try LineLog(path: folder + "/journal"), mails: try LineLog(path: folder + "/mails"),
            accepted: try LineLog(path: LinearDesk.accepted(in: folder)))
        try await whileParentLives { try await process.work() }
    }
}

/// Runs what has nothing left to do when the demonstration that started it is gone.
private func whileParentLives(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let parent = getppid()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask { while getppid() == parent { try await DemoClock.wait(milliseconds: 500) } }
        try await group.next()
        group.cancelAll()
    }
}
