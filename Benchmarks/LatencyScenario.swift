// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// `latency`: how long a message takes at a given rate.
struct LatencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Publish at a fixed rate and measure each message's time.",
        discussion: """
            An open loop: messages are due at fixed moments, whether or not the broker
            keeps up, and every time counts from the moment when its message was due. So a
            stall of the broker is seen in all the messages it delays. The window does not
            apply. The messages are consumed and acked at the same time.
            """)

    @Option(help: ArgumentHelp("Messages.", valueName: "n"))
    var count = Quantity(200_000)

    @Option(help: ArgumentHelp("Messages per second, of all connections together.", valueName: "n"))
    var rate = Quantity(20_000)

    @OptionGroup var load: LoadOptions
    @OptionGroup var server: ServerOption

    func validate() throws {
        try EndToEndScenario.checkSize(load)
        guard (1...100_000_000).contains(rate.value) else {
            throw ValidationError("--rate is \(rate); expected a number from 1 to 100M")
        }
    }

    func run() throws {
        try load.report([
            LatencyScenario.run(load.workload, count: count.value, rate: rate.value, server: server.server)
        ])
    }
}

/// Publishes that are due at fixed moments.
enum LatencyScenario {
    static func run(_ workload: Workload, count: Int, rate: Int, server: ServerAddress? = nil) throws -> Row {
        Report.progress("latency: \(count) messages, \(rate) per second")
        sharpenTimers()
        return try BrokerUnderLoad.with(server) { broker in
            let gate = StartGate(connections: workload.connections)
            var row = try EndToEndScenario.run(
                broker, name: "latency", workload, count: count, start: { gate.start }
            ) { topics, stop in
                jobs(
                    workload, count: count, rate: rate, topics: topics, address: broker.address, gate: gate,
                    stop: stop)
            }
            row.window = nil
            row.targetRate = rate
            return row
        }
    }

    /// Lets the threads that are started from here on wake up when they asked to, and not 50 us later.
    private static func sharpenTimers() {
        let descriptor = open("/proc/self/timerslack_ns", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        // Where the system does not allow it, the latencies contain the slack.
        write(descriptor, "1", 1)
        close(descriptor)
    }

    private static func jobs(
        _ workload: Workload, count: Int, rate: Int, topics: Topics, address: ServerAddress, gate: StartGate,
        stop: StopSign
    ) -> [LoadThreads.Job] {
        let connections = workload.connections
        let between = 1_000_000_000 / Double(rate)
        return (0..<connections).map { index in
            let share = count / connections + (index < count % connections ? 1 : 0)
            let ring = RequestRing(topics: topics.share(of: index, among: connections), size: workload.size)
            return {
                let connection = try LoadConnection(address, stop: stop)
                var publisher = PacedPublisher(
                    connection: connection, ring: ring,
                    start: try gate.pass(stop) + UInt64(Double(index) * between),
                    step: UInt64(between * Double(connections)))
                return Tally(confirm: try publisher.publish(share))
            }
        }
    }
}

/// Lets the clock run when every connection is made, since connecting is not what is measured.
private struct StartGate: Sendable {
    /// Time for the consumers to subscribe.
    private static let leadIn: UInt64 = 100_000_000
    private let connected: Goal

    init(connections: Int) {
        connected = Goal(connections)
    }

    /// When the first message is due; nil as long as a connection is missing.
    var start: UInt64? {
        connected.reachedAt > 0 ? connected.reachedAt + Self.leadIn : nil
    }

    /// Waits until every connection is here.
    func pass(_ stop: StopSign) throws -> UInt64 {
        connected.advance(by: 1)
        while true {
            if let start { return start }
            try stop.check()
            usleep(1_000)
        }
    }
}

/// Publishes on one connection at fixed moments; one thread sends and receives, as each wake-up costs.
private struct PacedPublisher {
    let connection: LoadConnection
    var ring: RequestRing
    /// When the first message is due.
    let start: UInt64
    /// How much later each of the others is.
    let step: UInt64

    mutating func publish(_ count: Int) throws -> Percentiles {
        var percentiles = Percentiles()
        var sent = 0
        var confirmed = 0
        while confirmed < count {
            let now = SteadyClock.now()
            while sent < count, due(sent) <= now {
                let ready = min(count - sent, Int((now - due(sent)) / step) + 1)
                sent += try ring.send(atMost: ready, stamp: (due(sent), step), to: connection)
            }
            if !connection.isReadable {
                connection.waitToRead(until: sent < count ? due(sent) : now + 50_000_000)
            }
            guard connection.isReadable else { continue }
            let news = try connection.confirms()
            guard confirmed + news <= sent else { throw BenchmarkFailure("the broker confirmed what was not sent") }
            for index in confirmed..<(confirmed + news) {
                percentiles.record(from: due(index), to: connection.filledAt)
            }
            confirmed += news
        }
        return percentiles
    }

    /// When a message is due.
    private func due(_ index: Int) -> UInt64 {
        start + UInt64(index) * step
    }
}
