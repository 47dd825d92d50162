// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `order`: what it costs that messages of one key go one after another.
struct OrderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order",
        abstract: "Drain messages with keys, without and with order=key.",
        discussion: """
            Fills a subscription, then lets four consumers with windows of 10,000 take and
            ack what waits. The keys are scattered. 'share' is the rate with order=key as a
            part of the one with order=none, each with a broker of its own.
            """)

    @Option(help: ArgumentHelp("Messages that wait.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Option(help: ArgumentHelp("Different keys.", valueName: "n"))
    var keys = Quantity(100_000)

    @OptionGroup var size: SizeOption
    @OptionGroup var turns: RoundsOption
    @OptionGroup var load: LoadOptions

    func validate() throws {
        try OrderScenario.checkKeys(keys, "--keys")
    }

    func run() throws {
        try load.report(
            OrderScenario.run(
                load.workload, count: size.sized(count), keys: size.sized(keys),
                rounds: turns.rounds.value))
    }
}

/// The drain of what waits, without and with order.
enum OrderScenario {
    static func checkKeys(_ keys: Quantity, _ name: String) throws {
        guard (1...100_000_000).contains(keys.value) else {
            throw ValidationError("\(name) is \(keys); expected a number from 1 to 100M")
        }
    }

    static func run(_ workload: Workload, count: Int, keys: Int, rounds: Int) throws -> [Row] {
        let workload = workload.with(.key(of: keys))
        return try Comparison.run(
            rounds: rounds,
            ["none", "key"].map { order in
                {
                    Report.progress("order=\(order): \(count) messages of \(keys) keys")
                    return try BrokerUnderLoad.with(nil) { broker in
                        let topics = Topics(count: workload.topics)
                        try topics.createSubscriptions(
                            "order=\(order)", through: LoadConnection(broker.address, stop: StopSign()))
                        _ = try PublishScenario.fill(broker, workload, count: count, topics: topics, name: "fill")
                        return try Drain.run(
                            broker, name: "drain, order=\(order)", workload, count: count, topics: topics)
                    }
                }
            })
    }
}
