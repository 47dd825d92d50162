// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Publishes that are written once and sent again and again: what remains per message is the copy to the socket.
struct RequestRing: Sendable {
    /// Bytes at the start of a body that can hold the time when it was sent.
    static let stampSize = MemoryLayout<UInt64>.size
    private static let batch = 64
    private static let batchBytes = 256 * 1_024

    private var bytes: [UInt8] = []
    private let length: Int
    private let headLength: Int
    /// What is written anew into each request, and where in it the digits are.
    private let options: [(option: PublishOption, digits: Range<Int>)]
    private let publisher: Int
    private var number = 0
    private let count: Int
    private let batch: Int
    private var next = 0

    /// Makes publishes that go to the topics in turn.
    ///
    /// - Parameters:
    ///   - topics: names of the same length.
    ///   - options: what each publish says beside its topic and size.
    ///   - publisher: which of the connections this is.
    init(topics: [String], size: Int, options: [PublishOption] = [], publisher: Int = 0) {
        let heads = topics.map { topic in
            Array("PUB \(topic) \(size)\(options.map { $0.text(publisher: publisher) }.joined())\r\n".utf8)
        }
        let body = (0..<size).map { UInt8(ascii: "a") + UInt8($0 % 26) } + Array("\r\n".utf8)
        let head = heads.first ?? []
        precondition(heads.allSatisfy { $0.count == head.count }, "a request's place follows from its number")
        headLength = head.count
        self.publisher = publisher
        var end = head.count - 2
        self.options = options.reversed().compactMap { option in
            defer { end -= option.text(publisher: publisher).utf8.count }
            return option.digits > 0 ? (option, end - option.digits..<end) : nil
        }
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
        if !options.isEmpty { writeNumbers(from: first, count: sent) }
        // SAFETY: `sent` requests from `next` on are in the ring, and the pointer does not leave the call.
        try bytes.withUnsafeBytes { bytes in
            try connection.send(UnsafeRawBufferPointer(rebasing: bytes[first..<(first + sent * length)]))
        }
        next = next + sent == count ? 0 : next + sent
        return sent
    }

    /// Gives each request the numbers of its options.
    private mutating func writeNumbers(from first: Int, count: Int) {
        for index in 0..<count {
            number += 1
            for (option, digits) in options {
                var rest = option.number(of: number, publisher: publisher)
                for place in digits.reversed() {
                    bytes[first + index * length + place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
            }
        }
    }
}
