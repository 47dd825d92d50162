// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

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

            What the model is not sure of is parked; the person is a subscriber of
            $sys.message.parked. Who is not answered in two seconds is a missed
            expectation, and a colleague is called, who subscribes to $sys.expect.missed.
            The end shows what 'martlet why' and 'martlet tree' say of the request that
            had the hardest life.

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

    @Flag(help: "Print lines instead of a table that is redrawn, as when standard output is not a terminal.")
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
