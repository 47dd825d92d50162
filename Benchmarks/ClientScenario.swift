// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletTestKit
import NIOCore
import NIOPosix

/// `client`: the same publishes through the client library, in batches.
struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Publish batches through the Swift client library.",
        discussion: """
            Every connection is a client of its own that keeps two batches unanswered, which
            together are as many messages as the window. Compare the rate with 'publish',
            whose load costs next to nothing. Without --ids the messages have none, as
            those of 'publish'; the library gives them ids unless it is told not to.
            """)

    @Option(help: ArgumentHelp("Messages.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Flag(help: "Give every message an id, so that sending it again is safe.")
    var ids = false

    @OptionGroup var load: LoadOptions
    @OptionGroup var server: ServerOption

    func validate() throws {
        guard load.window.value > 1 else { throw ValidationError("--window is 1; expected 2 or more: two batches") }
    }

    func run() async throws {
        let workload = ids ? load.workload.with(.id) : load.workload
        try load.report([try await ClientScenario.run(workload, count: count.value, server: server.server)])
    }
}

/// Confirmed publishes of the client library.
enum ClientScenario {
    static func run(_ workload: Workload, count: Int, server: ServerAddress? = nil) async throws -> Row {
        Report.progress("client: \(count) messages")
        return try await BrokerUnderLoad.during(server) { broker in
            let topics = Topics(count: workload.topics)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            var measurement = Measurement(of: broker)
            let tally = try await publish(workload, count: count, topics: topics, to: broker.address, on: group)
            measurement.finish()
            try await group.shutdownGracefully()
            var row = Row(workload.hasIDs ? "client, ids" : "client", workload, messages: count)
            row.take(measurement)
            row.take(tally)
            if broker.process == nil { try topics.delete(through: LoadConnection(broker.address, stop: StopSign())) }
            return row
        }
    }

    private static func publish(
        _ workload: Workload, count: Int, topics: Topics, to address: ServerAddress,
        on group: MultiThreadedEventLoopGroup
    ) async throws -> Tally {
        try await withThrowingTaskGroup(of: Tally.self) { tasks in
            for index in 0..<workload.connections {
                let share = count / workload.connections + (index < count % workload.connections ? 1 : 0)
                let names = topics.share(of: index, among: workload.connections)
                tasks.addTask {
                    var configuration = try ClientConfiguration("martlet://\(address.host):\(address.port)")
                    configuration.tls = LoadSecurity.current?.clientTLS()
                    configuration.eventLoopGroup = group
                    return try await Client.with(configuration) { client in
                        try await publish(workload, count: share, topics: names, through: client)
                    }
                }
            }
            var tally = Tally()
            for try await part in tasks { tally.add(part) }
            return tally
        }
    }

    /// Two tasks that publish one batch after another, so that one is on its way while the other is made.
    private static func publish(
        _ workload: Workload, count: Int, topics: [String], through client: Client
    ) async throws -> Tally {
        try await withThrowingTaskGroup(of: Tally.self) { tasks in
            for half in 0..<2 {
                let share = count / 2 + (half < count % 2 ? 1 : 0)
                tasks.addTask {
                    try await publish(
                        share, size: workload.size, at: workload.window / 2, topics: topics,
                        withIDs: workload.hasIDs, through: client)
                }
            }
            var tally = Tally()
            for try await part in tasks { tally.add(part) }
            return tally
        }
    }

    private static func publish(
        _ count: Int, size: Int, at once: Int, topics: [String], withIDs: Bool, through client: Client
    ) async throws -> Tally {
        var tally = Tally()
        let body = (0..<size).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        var batches = try topics.map {
            try MessageBatch($0, withIDs: withIDs, capacity: min(once, count) * (size + 64))
        }
        var left = count
        var next = 0
        while left > 0 {
            let part = min(left, once)
            batches[next].removeAll()
            for _ in 0..<part { try batches[next].append(body) }
            let start = SteadyClock.now()
            let confirmed = try await client.publish(batches[next])
            tally.confirm.record(from: start, to: SteadyClock.now(), count: part)
            guard confirmed.isComplete, confirmed.duplicates.isEmpty else {
                throw BenchmarkFailure("the broker did not take all messages of a batch")
            }
            left -= part
            next = (next + 1) % batches.count
        }
        return tally
    }
}
