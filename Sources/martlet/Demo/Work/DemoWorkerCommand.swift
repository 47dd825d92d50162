// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import MartletClient

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
