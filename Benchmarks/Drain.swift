// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Takes what waits in topics until the last ack is answered.
enum Drain {
    /// Consumes with as many connections as publish, but at most four, and measures from the first delivery on.
    ///
    /// - Parameters:
    ///   - count: how many messages can be delivered.
    ///   - start: since when they can, by the steady clock; nil is when the consumers start. The time from there to the
    ///     first delivery is a latency of the row.
    static func run(
        _ broker: BrokerUnderLoad, name: String, _ workload: Workload, count: Int, topics: Topics,
        start: UInt64? = nil
    ) throws -> Row {
        let stop = StopSign()
        let goal = Goal(count)
        let jobs = DeliveryReader.jobs(
            workload, topics: topics, address: broker.address, goal: goal, isStamped: false, stop: stop)
        let start = start ?? SteadyClock.now()
        var measurement = Measurement(of: broker)
        _ = try LoadThreads.run(jobs, stop: stop)
        measurement.finish(from: goal.begunAt, at: goal.reachedAt)
        var row = Row(name, workload, messages: count)
        row.connections = jobs.count
        row.window = DeliveryReader.window
        row.take(measurement)
        var first = Percentiles()
        first.record(from: start, to: goal.begunAt)
        row.latencies = [first.latency(of: "first delivery")].compactMap(\.self)
        return row
    }
}
