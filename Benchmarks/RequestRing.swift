// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Publishes that are written once and sent again and again: what remains per message is the copy to the socket.
struct RequestRing: Sendable {
    /// Bytes at the start of a body that can hold the time when it was sent.
    static let stampSize = MemoryLayout<UInt64>.size
    private static let batch = 64
    private static let digits = 10
    private static let batchBytes = 256 * 1_024

    private var bytes: [UInt8] = []
    private let length: Int
    private let headLength: Int
    /// Where in a request the digits of its id are, if it has one.
    private let digits: Range<Int>?
    private var number = 0
    private let count: Int
    private let batch: Int
    private var next = 0

    /// Makes publishes that go to the topics in turn.
    ///
    /// - Parameters:
    ///   - topics: names of the same length.
    ///   - publisher: what the ids of the messages begin with; nil gives them none.
    init(topics: [String], size: Int, publisher: Int? = nil) {
        let id = publisher.map { " id=\($0)-" + String(repeating: "0", count: Self.digits) } ?? ""
        let heads = topics.map { Array("PUB \($0) \(size)\(id)\r\n".utf8) }
        let body = (0..<size).map { UInt8(ascii: "a") + UInt8($0 % 26) } + Array("\r\n".utf8)
        let head = heads.first ?? []
        precondition(heads.allSatisfy { $0.count == head.count }, "a request's place follows from its number")
        headLength = head.count
        digits = publisher.map { _ in head.count - 2 - Self.digits..<head.count - 2 }
        length = head.count + body.count
        batch = min(Self.batch, max(1, Self.batchBytes / length))
        let rounds = (batch + heads.count - 1) / heads.count
        count = rounds * heads.count
        bytes.reserveCapacity(count * length)
        for _ in 0..<rounds {
            for head in heads { bytes += head + body }
        }
    }

    /// Sends the next publishes, as many as make one batch.
    ///
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - stamp: what to write into the first body, and how much later each of the next is; nil writes nothing.
    /// - Returns: how many were sent.
    mutating func send(atMost limit: Int, stamp: (first: UInt64, step: UInt64)?, to connection: LoadConnection) throws
        -> Int
    {
        let sent = min(limit, batch, count - next)
        let first = next * length
        let (length, headLength) = (length, headLength)
        if let stamp {
            // SAFETY: a stamp is only asked for where bodies have room for it, so it ends within its request.
            bytes.withUnsafeMutableBytes { bytes in
                for index in 0..<sent {
                    bytes.storeBytes(
                        of: stamp.first + UInt64(index) * stamp.step,
                        toByteOffset: first + index * length + headLength, as: UInt64.self)
                }
            }
        }
        if let digits { writeIDs(from: first, count: sent, at: digits) }
        // SAFETY: `sent` requests from `next` on are in the ring, and the pointer does not leave the call.
        try bytes.withUnsafeBytes { bytes in
            try connection.send(UnsafeRawBufferPointer(rebasing: bytes[first..<(first + sent * length)]))
        }
        next = next + sent == count ? 0 : next + sent
        return sent
    }

    /// Gives each request a number that none before it had.
    private mutating func writeIDs(from first: Int, count: Int, at digits: Range<Int>) {
        for index in 0..<count {
            number += 1
            var rest = number
            for place in digits.reversed() {
                bytes[first + index * length + place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        }
    }
}

/// The topics of one run, with names that no other run has.
struct Topics: Sendable {
    /// The subscription that every topic has when messages have to wait or to be delivered.
    static let subscription = "bench"
    let names: [String]

    init(count: Int) {
        let run = String(SteadyClock.now(), radix: 36)
        let width = "\(count - 1)".count
        names = (0..<count).map { index in
            let digits = "\(index)"
            return "bench-\(run)." + String(repeating: "0", count: width - digits.count) + digits
        }
    }

    /// The topics that one of several connections publishes to.
    func share(of connection: Int, among connections: Int) -> [String] {
        if names.count < connections { return [names[connection % names.count]] }
        return stride(from: connection, to: names.count, by: connections).map { names[$0] }
    }

    /// Lets every message wait for a consumer from now on.
    func createSubscriptions(through connection: LoadConnection) throws {
        for name in names {
            try connection.request("CREATE subscription \(name) \(Self.subscription) from=earliest")
        }
    }

    /// Removes everything.
    func delete(through connection: LoadConnection) throws {
        for name in names { try connection.request("DELETE topic \(name)") }
    }
}
