// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `recovery`: how long a killed broker is away.
struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Kill the broker and time its restart until the first delivery.",
        discussion: """
            Fills a subscription, ends the broker with SIGKILL and starts it again on
            the same data. The time runs from the start of the new process until a
            consumer has its first message; percentiles are over the rounds. The system's
            page cache survives the kill, so the data need not be read from the disk.
            The rate and the costs are those of filling.
            """)

    @Option(help: ArgumentHelp("Messages that wait; a list measures at each, as the backlog grows.", valueName: "n,.."))
    var count = Quantities(1_000_000)

    @Option(help: ArgumentHelp("Kills at each number of messages.", valueName: "n"))
    var rounds = Quantity(5)

    @OptionGroup var load: LoadOptions

    func validate() throws {
        guard (1...1_000).contains(rounds.value) else {
            throw ValidationError("--rounds is \(rounds); expected a number from 1 to 1000")
        }
    }

    func run() throws {
        try load.report(RecoveryScenario.run(load.workload, counts: count.values, rounds: rounds.value))
    }
}

/// Kills and restarts with messages waiting.
enum RecoveryScenario {
    static func run(_ workload: Workload, counts: [Int], rounds: Int) throws -> [Row] {
        try BrokerProcess.with { process in
            var backlog = try Backlog(BrokerUnderLoad(address: process.address, process: process), workload)
            return try counts.map { count in
                Report.progress("recovery: \(count) messages waiting, \(rounds) kills")
                var row = try backlog.grow(to: count, name: "recovery")
                row.latencies = [try kills(process, rounds, backlog.topics)].compactMap(\.self)
                row.anonymousBytes = process.figures?.anonymousBytes
                backlog.broker = BrokerUnderLoad(address: process.address, process: process)
                return row
            }
        }
    }

    /// The times from the start of a new process to its first delivery.
    private static func kills(_ process: BrokerProcess, _ rounds: Int, _ topics: Topics) throws -> Latency? {
        var times = Percentiles()
        for _ in 0..<rounds {
            process.kill()
            let start = SteadyClock.now()
            try process.start()
            times.record(from: start, to: try firstDelivery(topics, from: process.address))
        }
        return times.latency(of: "first delivery")
    }

    /// When a new consumer has its first message.
    private static func firstDelivery(_ topics: Topics, from address: ServerAddress) throws -> UInt64 {
        let connection = try LoadConnection(address, stop: StopSign())
        try connection.request("SUB 1 \(topics.names[0]) \(Topics.subscription) window=1")
        guard let line = try connection.line(orUntil: { false }), line.first == UInt8(ascii: "M") else {
            throw BenchmarkFailure("the restarted broker did not deliver")
        }
        return connection.filledAt
    }
}

/// Messages that wait for consumers, more and more of them.
struct Backlog {
    var broker: BrokerUnderLoad
    let topics: Topics
    private let workload: Workload
    private var count = 0

    /// Makes the topics, each with a subscription without a consumer.
    init(_ broker: BrokerUnderLoad, _ workload: Workload) throws {
        self.broker = broker
        self.workload = workload
        topics = Topics(count: workload.topics)
        try topics.createSubscriptions(through: LoadConnection(broker.address, stop: StopSign()))
    }

    /// Publishes what is missing and measures that; the row names the whole number.
    mutating func grow(to count: Int, name: String) throws -> Row {
        var row = try PublishScenario.fill(broker, workload, count: count - self.count, topics: topics, name: name)
        self.count = count
        row.messages = count
        row.fileBytes = broker.process?.fileBytes
        return row
    }
}
