// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `process`: what the index of processes costs a publish.
struct ProcessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Publish without and with process=.",
        discussion: """
            As 'publish', with a process of its own for every few messages of a connection.
            'share' is the rate with process= as a part of the one without, each with a
            broker of its own.
            """)

    @Option(help: ArgumentHelp("Messages.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Option(help: ArgumentHelp("Messages of one process.", valueName: "n"))
    var each = Quantity(5)

    @OptionGroup var size: SizeOption
    @OptionGroup var turns: RoundsOption
    @OptionGroup var load: LoadOptions

    func validate() throws {
        guard each.value > 0 else { throw ValidationError("--each is 0; expected 1 or more") }
    }

    func run() throws {
        try load.report(
            ProcessScenario.run(
                load.workload, count: size.sized(count), each: each.value, rounds: turns.rounds.value))
    }
}

/// Confirmed publishes, without and with a process.
enum ProcessScenario {
    static func run(_ workload: Workload, count: Int, each: Int, rounds: Int) throws -> [Row] {
        try Comparison.run(
            rounds: rounds,
            [("publish", workload), ("publish, process", workload.with(.process(messages: each)))].map {
                name, workload in
                {
                    Report.progress("\(name): \(count) messages")
                    return try BrokerUnderLoad.with(nil) { broker in
                        try PublishScenario.fill(
                            broker, workload, count: count, topics: Topics(count: workload.topics), name: name)
                    }
                }
            })
    }
}
