// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `stuck-key`: what a key whose message is never settled costs the others.
struct StuckKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stuck-key",
        abstract: "Drain free keys, without and with a key that is stuck before them.",
        discussion: """
            A consumer holds the first message of one key and never settles it; messages of
            that key pile up behind it. Behind those come the messages of the free keys,
            which four consumers take and ack with order=key. The rate runs from the first
            delivery of a free key on; 'first delivery' is the time from the start of the
            consumers until then, in which the broker reads past what is stuck. 'share' is
            the rate beside the stuck key as a part of the one without it.
            """)

    @Option(help: ArgumentHelp("Messages of the free keys.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Option(help: ArgumentHelp("Free keys.", valueName: "n"))
    var keys = Quantity(10_000)

    @Option(help: ArgumentHelp("Messages behind the one that is held.", valueName: "n"))
    var behind = Quantity(3_000_000)

    @OptionGroup var size: SizeOption
    @OptionGroup var turns: RoundsOption
    @OptionGroup var load: LoadOptions

    func validate() throws {
        try OrderScenario.checkKeys(keys, "--keys")
    }

    func run() throws {
        try load.report(
            StuckKeyScenario.run(
                load.workload, count: size.sized(count), keys: size.sized(keys),
                behind: size.sized(behind), rounds: turns.rounds.value))
    }
}

/// Free keys, without and with a stuck one.
enum StuckKeyScenario {
    private static let stuck = "stuck"

    static func run(_ workload: Workload, count: Int, keys: Int, behind: Int, rounds: Int) throws -> [Row] {
        try Comparison.run(
            rounds: rounds,
            [0, behind].map { behind in
                {
                    Report.progress("stuck-key: \(count) messages of \(keys) free keys, \(behind) that are stuck")
                    return try BrokerUnderLoad.with(nil) { broker in
                        try drain(broker, workload, count: count, keys: keys, behind: behind)
                    }
                }
            })
    }

    private static func drain(_ broker: BrokerUnderLoad, _ workload: Workload, count: Int, keys: Int, behind: Int)
        throws -> Row
    {
        let topics = Topics(count: workload.topics)
        let holder = try LoadConnection(broker.address, stop: StopSign())
        // No lease runs out while this runs.
        try topics.createSubscriptions("order=key lease=12h", through: holder)
        if behind > 0 {
            for (index, topic) in topics.names.enumerated() {
                try holder.request("PUB \(topic) 0 key=\(stuck)\r\n")
                try holder.request("SUB \(index + 1) \(topic) \(Topics.subscription) window=1")
                guard let line = try holder.line(orUntil: { false }), line.first == UInt8(ascii: "M") else {
                    throw BenchmarkFailure("the broker did not deliver the message that is to be held")
                }
                _ = try holder.take(2)
            }
            let stuck = workload.with(.sameKey(stuck))
            _ = try PublishScenario.fill(broker, stuck, count: behind, topics: topics, name: "fill")
        }
        let free = workload.with(.key(of: keys))
        _ = try PublishScenario.fill(broker, free, count: count, topics: topics, name: "fill")
        let name = behind > 0 ? "drain beside \(Quantity(behind)) of a stuck key" : "drain of free keys"
        return try withExtendedLifetime(holder) {
            try Drain.run(broker, name: name, free, count: count, topics: topics)
        }
    }
}
