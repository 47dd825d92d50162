// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `memory`: what waiting messages cost.
struct MemoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Measure memory and file with messages waiting.",
        discussion: """
            Publishes to a subscription without a consumer, and looks at the broker when
            each number of messages is reached. 'anon MB' is the memory that the broker has
            for itself (RssAnon); pages of the data file that the system keeps at hand are
            not in it, since it takes them back when it needs them.
            50M messages of 128 bytes take about 7 GB of disk.
            """)

    @Option(help: ArgumentHelp("Messages that wait; each number of the list is a row.", valueName: "n,.."))
    var count = Quantities(1_000_000, 10_000_000)

    @OptionGroup var load: LoadOptions

    func run() throws {
        try load.report(MemoryScenario.run(load.workload, counts: count.values))
    }
}

/// Memory and file with messages waiting.
enum MemoryScenario {
    static func run(_ workload: Workload, counts: [Int]) throws -> [Row] {
        try BrokerUnderLoad.with(nil) { broker in
            var backlog = try Backlog(broker, workload)
            return try counts.map { count in
                Report.progress("memory: \(count) messages waiting")
                return try backlog.grow(to: count, name: "memory")
            }
        }
    }
}
