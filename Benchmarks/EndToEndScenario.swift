// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `end-to-end`: how many messages are published, delivered and acked in a second.
struct EndToEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-to-end",
        abstract: "Publish, deliver and ack as fast as it goes.",
        discussion: """
            Beside the publishing connections, as many consume, but at most four, all on
            one subscription with a window of 10,000. The rate counts acks that the broker
            has answered, so each message was flushed twice: as published and as acked.
            """)

    @Option(help: ArgumentHelp("Messages.", valueName: "n"))
    var count = Quantity(1_000_000)

    @OptionGroup var load: LoadOptions
    @OptionGroup var server: ServerOption

    func validate() throws {
        try EndToEndScenario.checkSize(load)
    }

    func run() throws {
        try load.report([EndToEndScenario.run(load.workload, count: count.value, server: server.server)])
    }
}

/// Publish, deliver, ack.
enum EndToEndScenario {
    /// The time of the publish travels in the body.
    static func checkSize(_ load: LoadOptions) throws {
        guard load.size.value >= RequestRing.stampSize else {
            throw ValidationError(
                "--size is \(load.size); expected \(RequestRing.stampSize) or more, as the body carries the time")
        }
    }

    static func run(_ workload: Workload, count: Int, server: ServerAddress? = nil) throws -> Row {
        Report.progress("end-to-end: \(count) messages")
        return try BrokerUnderLoad.with(server) { broker in
            try run(broker, name: "end-to-end", workload, count: count) { topics, stop in
                Publisher.jobs(
                    workload, count: count, topics: topics, address: broker.address, isStamping: true, stop: stop)
            }
        }
    }

    /// Consumes what some jobs publish, and measures it until the last ack is answered.
    ///
    /// - Parameter start: asked at the end, when the first message was due; nil is the start of the jobs.
    static func run(
        _ broker: BrokerUnderLoad, name: String, _ workload: Workload, count: Int, start: () -> UInt64? = { nil },
        publishers: (Topics, StopSign) -> [LoadThreads.Job]
    ) throws -> Row {
        let topics = Topics(count: workload.topics)
        let stop = StopSign()
        let goal = Goal(count)
        let control = try LoadConnection(broker.address, stop: stop)
        try topics.createSubscriptions(through: control)
        let jobs =
            DeliveryReader.jobs(workload, topics: topics, address: broker.address, goal: goal, stop: stop)
            + publishers(topics, stop)
        var measurement = Measurement(of: broker)
        let tally = try LoadThreads.run(jobs, stop: stop)
        measurement.finish(from: start(), at: goal.reachedAt)
        if broker.process == nil { try topics.delete(through: control) }
        var row = Row(name, workload, messages: count)
        row.take(measurement)
        row.take(tally)
        return row
    }
}
