// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `publish`: how many messages are confirmed in a second.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish as fast as the confirms come.",
        discussion: """
            Every connection keeps its window of publishes unanswered. The rate counts
            confirms; the latency is the time from the publish to its confirm, and grows
            with the window by its nature: 'latency' has the figures for a given rate.
            """)

    @Option(help: ArgumentHelp("Messages.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Flag(help: "Give every message an id, so that the broker looks for repeats.")
    var ids = false

    @OptionGroup var load: LoadOptions
    @OptionGroup var server: ServerOption

    func run() throws {
        let workload = ids ? load.workload.with(.id) : load.workload
        try load.report([PublishScenario.run(workload, count: count.value, server: server.server)])
    }
}

/// Confirmed publishes.
enum PublishScenario {
    static func run(_ workload: Workload, count: Int, server: ServerAddress? = nil) throws -> Row {
        Report.progress("publish: \(count) messages")
        return try BrokerUnderLoad.with(server) { broker in
            let topics = Topics(count: workload.topics)
            let row = try fill(
                broker, workload, count: count, topics: topics, name: workload.hasIDs ? "publish, ids" : "publish")
            if broker.process == nil { try topics.delete(through: LoadConnection(broker.address, stop: StopSign())) }
            return row
        }
    }

    /// Publishes to a broker and measures it.
    static func fill(_ broker: BrokerUnderLoad, _ workload: Workload, count: Int, topics: Topics, name: String) throws
        -> Row
    {
        let stop = StopSign()
        let jobs = Publisher.jobs(
            workload, count: count, topics: topics, address: broker.address, isStamping: false, stop: stop)
        var measurement = Measurement(of: broker)
        let tally = try LoadThreads.run(jobs, stop: stop)
        measurement.finish()
        var row = Row(name, workload, messages: count)
        row.take(measurement)
        row.take(tally)
        return row
    }
}
