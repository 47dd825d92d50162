// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc

/// `scheduled`: what messages cost that are delivered later.
struct ScheduledCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduled",
        abstract: "Publish delayed messages, and let all of them fall due.",
        discussion: """
            Publishes to one topic without a delay, then as many that are due later, all at
            one moment or spread over some time behind it: 'share' is the rate with the
            delay as a part of the one without, and 'anon MB' shows what the broker
            keeps in memory for each. Then they fall due: the rate at which they become
            visible, and the one at which four consumers have taken and acked them, both
            from the moment when the first was due; shares are of the same rate as before.
            Without consumers there is no row for the latter.
            """)

    @Option(help: ArgumentHelp("Messages.", valueName: "n"))
    var count = Quantity(1_000_000)

    @Option(help: ArgumentHelp("Time to publish them in, before the first is due.", valueName: "seconds"))
    var lead = Quantity(20)

    @Option(help: ArgumentHelp("Milliseconds over which they fall due.", valueName: "ms"))
    var spread = Quantity(0)

    @Flag(inversion: .prefixedNo, help: "Consume what falls due.")
    var consumers = true

    @OptionGroup var size: SizeOption
    @OptionGroup var load: LoadOptions

    func validate() throws {
        guard load.topics.value == 1 else { throw ValidationError("--topics is \(load.topics); expected 1") }
        guard (1...86_400).contains(lead.value) else {
            throw ValidationError("--lead is \(lead); expected a number of seconds from 1 to 86400")
        }
        guard (0...86_400_000).contains(spread.value) else {
            throw ValidationError("--spread is \(spread); expected a number of milliseconds from 0 to 86400000")
        }
    }

    func run() throws {
        try load.report(
            ScheduledScenario.run(
                load.workload, count: size.sized(count), lead: lead.value, spread: spread.value, consumes: consumers))
    }
}

/// Messages that are published now and due later.
enum ScheduledScenario {
    static func run(_ workload: Workload, count: Int, lead: Int, spread: Int, consumes: Bool) throws -> [Row] {
        try BrokerUnderLoad.with(nil) { broker in
            // Of other topics, whose messages stay out of the way of those that fall due.
            let plain = Topics(count: 1)
            let topics = Topics(count: 1)
            let control = try LoadConnection(broker.address, stop: StopSign())
            for topics in [plain, topics] { try topics.createSubscriptions(through: control) }
            Report.progress("publish: \(count) messages")
            let base = try PublishScenario.fill(broker, workload, count: count, topics: plain, name: "publish")
            Report.progress("scheduled: \(count) messages, due in \(lead) seconds")
            let due = DueTime(in: lead)
            let delayed = workload.with(.due(at: due.milliseconds, spread: spread))
            var rows = [base, try PublishScenario.fill(broker, delayed, count: count, topics: topics, name: "delayed")]
            guard SteadyClock.now() < due.steady else {
                throw BenchmarkFailure("publishing took longer than \(lead) seconds; a longer --lead is needed")
            }
            rows += try fallDue(broker, delayed, count: count, topics: topics, due: due, consumes: consumes)
            for index in rows.indices.dropFirst() {
                rows[index].setShare((rows[index].messagesPerSecond ?? 0) / (base.messagesPerSecond ?? 1))
            }
            return rows
        }
    }

    private static func fallDue(
        _ broker: BrokerUnderLoad, _ workload: Workload, count: Int, topics: Topics, due: DueTime, consumes: Bool
    ) throws -> [Row] {
        due.waitUntilNear()
        let stop = StopSign()
        let taken = Goal(consumes ? count : 0)
        let visible = Goal(count)
        let readers =
            consumes
            ? DeliveryReader.jobs(
                workload, topics: topics, address: broker.address, goal: taken, isStamped: false, stop: stop) : []
        let address = broker.address
        var measurement = Measurement(of: broker)
        _ = try LoadThreads.run(
            readers + [{ try watch(topics.names[0], at: address, until: visible, stop: stop) }], stop: stop)
        measurement.finish(from: due.steady, at: visible.reachedAt)
        var rows = [Row("fall due, visible", workload, messages: count)]
        rows[0].take(measurement)
        if consumes {
            measurement.finish(from: due.steady, at: taken.reachedAt)
            rows.append(Row("fall due, acked", workload, messages: count))
            rows[1].take(measurement)
            var first = Percentiles()
            first.record(from: due.steady, to: taken.begunAt)
            rows[1].latencies = [first.latency(of: "first delivery")].compactMap(\.self)
        }
        for index in rows.indices {
            rows[index].connections = readers.count
            rows[index].window = consumes ? DeliveryReader.window : nil
        }
        return rows
    }

    private struct Next: Decodable {
        var next: Int
    }

    /// Asks how many messages have an offset, a hundred times a second.
    private static func watch(_ topic: String, at address: ServerAddress, until goal: Goal, stop: StopSign) throws
        -> Tally
    {
        let control = try LoadConnection(address, stop: stop)
        var seen = 0
        while !goal.isReached {
            try stop.check()
            usleep(10_000)
            let next = try JSONDecoder().decode(Next.self, from: Data(control.data("INFO topic \(topic)"))).next
            goal.advance(by: next - 1 - seen)
            seen = next - 1
        }
        return Tally()
    }
}

/// One moment on both clocks.
private struct DueTime {
    let milliseconds: Int
    let steady: UInt64

    init(in seconds: Int) {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        milliseconds = (wall.tv_sec + seconds) * 1_000 + wall.tv_nsec / 1_000_000
        steady = SteadyClock.now() + UInt64(seconds) * 1_000_000_000
    }

    /// Returns half a second before the moment, since a broker that has nothing to say for a minute counts as dead.
    func waitUntilNear() {
        let now = SteadyClock.now() + 500_000_000
        if steady > now { usleep(UInt32((steady - now) / 1_000)) }
    }
}
