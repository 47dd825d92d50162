// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Publishes on one connection with a window of unanswered requests, as fast as the confirms come.
struct Publisher {
    private let connection: LoadConnection
    private let window: Int
    private let isStamping: Bool
    private var ring: RequestRing
    private var batches = SentBatches()

    /// - Parameter isStamping: whether the bodies carry the time when they were sent.
    init(_ connection: LoadConnection, ring: RequestRing, window: Int, isStamping: Bool) {
        self.connection = connection
        self.ring = ring
        self.window = window
        self.isStamping = isStamping
    }

    /// Publishes and waits until all is confirmed.
    ///
    /// - Returns: the times from publish to confirm.
    mutating func publish(_ count: Int) throws -> Percentiles {
        var percentiles = Percentiles()
        var sent = 0
        var confirmed = 0
        while confirmed < count {
            while sent < count, sent - confirmed < window {
                let now = SteadyClock.now()
                let batch = try ring.send(
                    atMost: min(window - (sent - confirmed), count - sent), stamp: isStamping ? (now, 0) : nil,
                    to: connection)
                batches.append(batch, at: now)
                sent += batch
            }
            let news = try connection.confirms()
            guard confirmed + news <= sent else { throw BenchmarkFailure("the broker confirmed what was not sent") }
            batches.confirm(news, at: connection.filledAt, into: &percentiles)
            confirmed += news
        }
        return percentiles
    }

    /// The jobs that publish a number of messages on as many connections as the workload has.
    static func jobs(
        _ workload: Workload, count: Int, topics: Topics, address: ServerAddress, isStamping: Bool, stop: StopSign
    ) -> [LoadThreads.Job] {
        (0..<workload.connections).map { index in
            let share = count / workload.connections + (index < count % workload.connections ? 1 : 0)
            let ring = RequestRing(
                topics: topics.share(of: index, among: workload.connections), size: workload.size,
                options: workload.options, publisher: index)
            return {
                let connection = try LoadConnection(address, stop: stop)
                var publisher = Publisher(connection, ring: ring, window: workload.window, isStamping: isStamping)
                return Tally(confirm: try publisher.publish(share))
            }
        }
    }
}

/// The batches that were sent and not confirmed, oldest first.
private struct SentBatches {
    private var batches: [(time: UInt64, count: Int)] = []
    private var first = 0

    mutating func append(_ count: Int, at time: UInt64) {
        batches.append((time, count))
    }

    /// Takes confirms, which come in the order of the publishes.
    mutating func confirm(_ count: Int, at time: UInt64, into percentiles: inout Percentiles) {
        var rest = count
        while rest > 0 {
            let part = min(rest, batches[first].count)
            percentiles.record(from: batches[first].time, to: time, count: part)
            batches[first].count -= part
            rest -= part
            if batches[first].count == 0 { first += 1 }
        }
        if first > 1_024 {
            batches.removeFirst(first)
            first = 0
        }
    }
}
