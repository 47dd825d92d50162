// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Consumes on one connection and acks runs of tags, as many at a time as arrive together.
struct DeliveryReader {
    static let window = 10_000
    private static let ackAfter: UInt64 = 500

    private let connection: LoadConnection
    private let goal: Goal
    private let isStamped: Bool
    private var hasBegun = false
    /// The run of tags of each consumer that waits for its ack; empty when `first` is zero.
    private var runs: [(first: UInt64, last: UInt64)]
    private var waiting: [Int] = []
    private var acks = ""

    /// Subscribes to every topic, with consumers numbered from one.
    ///
    /// - Parameter isStamped: whether the bodies carry the time when they were sent.
    init(_ connection: LoadConnection, topics: Topics, goal: Goal, isStamped: Bool) throws {
        self.connection = connection
        self.goal = goal
        self.isStamped = isStamped
        runs = Array(repeating: (0, 0), count: topics.names.count + 1)
        for (index, topic) in topics.names.enumerated() {
            // Consumers that came first may have been given messages, and acks have replies: nothing is read here.
            try connection.send("SUB \(index + 1) \(topic) \(Topics.subscription) window=\(Self.window)\r\n")
        }
    }

    /// Reads until all messages were acked, by this reader and the others together.
    ///
    /// - Returns: the times from the moments in the bodies to the deliveries; none where bodies have no stamp.
    mutating func run() throws -> Percentiles {
        var percentiles = Percentiles()
        while !goal.isReached {
            guard let line = try connection.line(orUntil: { [goal] in goal.isReached }) else { break }
            switch line.first {
            case UInt8(ascii: "M"):
                let push = try numbers(in: line)
                let body = try connection.take(push.length + 2)
                if isStamped {
                    // SAFETY: `numbers` refuses a body that is shorter than a stamp.
                    let sentAt = body.loadUnaligned(as: UInt64.self)
                    percentiles.record(from: sentAt, to: connection.filledAt)
                }
                if !hasBegun {
                    hasBegun = true
                    goal.begin(at: connection.filledAt)
                }
                hold(push.tag, of: push.consumer)
            case UInt8(ascii: "O"):
                goal.advance(by: acked(line))
            default:
                throw connection.unexpected(line)
            }
            if !connection.hasMore { try flush() }
        }
        return percentiles
    }

    /// The jobs that consume, at most four as one consumer serves more than one publisher.
    static func jobs(
        _ workload: Workload, topics: Topics, address: ServerAddress, goal: Goal, isStamped: Bool = true,
        stop: StopSign
    ) -> [LoadThreads.Job] {
        (0..<min(workload.connections, 4)).map { _ in
            {
                let connection = try LoadConnection(address, stop: stop)
                var reader = try DeliveryReader(connection, topics: topics, goal: goal, isStamped: isStamped)
                return Tally(delivery: try reader.run())
            }
        }
    }

    private mutating func hold(_ tag: UInt64, of consumer: Int) {
        if runs[consumer].first == 0 {
            runs[consumer].first = tag
            waiting.append(consumer)
        }
        runs[consumer].last = tag
        if tag - runs[consumer].first + 1 >= Self.ackAfter { ack(consumer) }
    }

    private mutating func ack(_ consumer: Int) {
        guard runs[consumer].first > 0 else { return }
        acks += "ACK \(consumer) \(runs[consumer].first)-\(runs[consumer].last)\r\n"
        runs[consumer] = (0, 0)
    }

    private mutating func flush() throws {
        for consumer in waiting { ack(consumer) }
        waiting.removeAll(keepingCapacity: true)
        guard !acks.isEmpty else { return }
        try connection.send(acks)
        acks.removeAll(keepingCapacity: true)
    }

    /// Reads `MSG <consumer> <tag> <offset> <attempt> <length> ...`.
    private func numbers(in line: UnsafeRawBufferPointer) throws -> (consumer: Int, tag: UInt64, length: Int) {
        var fields: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var field = 0
        var number: UInt64 = 0
        for byte in line.dropFirst(4) {
            if byte &- UInt8(ascii: "0") < 10 {
                number = number &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                continue
            }
            switch field {
            case 0: fields.0 = number
            case 1: fields.1 = number
            case 4: fields.2 = number
            default: break
            }
            field += 1
            number = 0
            if field == 5 { break }
        }
        let shortest = isStamped ? RequestRing.stampSize : 0
        guard field == 5, runs.indices.contains(Int(clamping: fields.0)), fields.2 >= shortest else {
            throw connection.unexpected(line)
        }
        return (Int(fields.0), fields.1, Int(clamping: fields.2))
    }

    /// The number in `OK <n>`; the replies to `SUB` have none.
    private func acked(_ line: UnsafeRawBufferPointer) -> Int {
        var number = 0
        for byte in line.dropFirst(3) {
            guard byte &- UInt8(ascii: "0") < 10 else { break }
            number = number * 10 + Int(byte &- UInt8(ascii: "0"))
        }
        return number
    }
}
