// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `all`: a short run of every scenario.
struct AllCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "Run every scenario for a short time and show one table.",
        discussion: "Takes a minute or two and, for a while, 500 MB of disk.")

    @Option(help: ArgumentHelp("Messages of each scenario.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Option(help: ArgumentHelp("Messages per second of the latency scenario, for 5 seconds.", valueName: "n"))
    var rate = Quantity(20_000)

    @OptionGroup var load: LoadOptions

    func validate() throws {
        try EndToEndScenario.checkSize(load)
        guard count.value > 0 else { throw ValidationError("--count is 0; expected 1 or more") }
        guard (1...100_000_000).contains(rate.value) else {
            throw ValidationError("--rate is \(rate); expected a number from 1 to 100M")
        }
    }

    func run() async throws {
        let workload = load.workload
        var rows = [
            try PublishScenario.run(workload, count: count.value),
            try PublishScenario.run(workload.with(.id), count: count.value),
            try await ClientScenario.run(workload, count: count.value),
            try EndToEndScenario.run(workload, count: count.value),
            try LatencyScenario.run(workload, count: min(count.value, 5 * rate.value), rate: rate.value),
        ]
        rows += try RecoveryScenario.run(workload, counts: [count.value], rounds: 5)
        rows += try MemoryScenario.run(workload, counts: [count.value])
        rows += try OrderScenario.run(workload, count: count.value, keys: max(1, count.value / 10), rounds: 1)
        rows += try StuckKeyScenario.run(
            workload, count: count.value, keys: max(1, count.value / 100), behind: count.value, rounds: 1)
        rows += try ProcessScenario.run(workload, count: count.value, each: 5, rounds: 1)
        if workload.topics == 1 {
            rows += try ScheduledScenario.run(workload, count: count.value, lead: 10, spread: 0, consumes: true)
        }
        rows += try RetentionScenario.run(workload, count: count.value, fillings: 3)
        rows += try BackupScenario.run(workload, count: count.value)
        rows += try ConnectionsScenario.run(workload, counts: [1_000])
        try load.report(rows)
    }
}
