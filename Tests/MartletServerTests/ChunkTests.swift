// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletServer

/// How the network cuts the bytes into reads makes no difference.
struct ChunkTests {
    private static let frames = [
        "HELLO 1 client=c heartbeat=5\r\n", "PUB a 5\r\nhello\r\n", "PUB a 7 id=x key=k\r\nPING\r\n\r\r\n",
        "PUB b 0\n\n", "PUB a 2 hdr=5\r\nn: v\nhi\r\n", "PING\n", "PONG\r\n", "ACK 1 1\r\n", "ACK 1 2-9\r\n",
        "ACK 1 10,12\r\n", "SUB 1 a s from=new\r\n", "NONSENSE\r\n", "SET s k 6 version=0\r\nvalue\n\r\n",
        "GET s k\r\n",
        "INFO\r\n", "PUB a 1\r\nx\r\n", "\r\n", "PUB bad..name 1\r\nx\r\n", "NACK 1 3 delay=1s code=e\r\n",
    ]

    private static let ends = [
        "": ConnectionState.Phase.open, "BYE\r\nPING\r\n": .ending, "PUB a x\r\nPING\r\n": .ending,
        "PUB a 5\r\nhel": .open,
    ]

    /// Feeds the bytes in chunks, and answers everything whenever the socket is not read.
    private static func result(_ bytes: [UInt8], chunks: [Int], unanswered: Int = 1_024) -> TestConnection {
        let connection = TestConnection(settings { $0.maxUnansweredPublishes = unanswered })
        var start = 0
        for size in chunks {
            connection.receive(bytes[start..<(start + size)])
            start += size
            while !connection.isRead() { connection.answerAll() }
        }
        return connection
    }

    /// As many chunks of one size as are needed, and what is left.
    private static func chunks(_ count: Int, of size: Int) -> [Int] {
        let rest = count % size
        return Array(repeating: size, count: count / size) + (rest > 0 ? [rest] : [])
    }

    @Test(arguments: ends.keys.sorted())
    func `chunks of any size lead to the same commands`(end: String) throws {
        let bytes = Array((Self.frames.joined() + end).utf8)
        let whole = Self.result(bytes, chunks: [bytes.count])
        #expect(whole.commands.count >= Self.frames.count - 2)
        #expect(whole.phase == Self.ends[end])
        for size in 1...bytes.count {
            for unanswered in [1, 2, 1_024] {
                let result = Self.result(bytes, chunks: Self.chunks(bytes.count, of: size), unanswered: unanswered)
                #expect(result.commands == whole.commands, "chunks of \(size)")
                #expect(result.bytes == whole.bytes)
                #expect(result.phase == whole.phase)
            }
        }
    }

    @Test func `a cut at any place leads to the same commands`() throws {
        let bytes = Array((Self.frames.joined() + "BYE\r\n").utf8)
        let whole = Self.result(bytes, chunks: [bytes.count])
        for place in 1..<bytes.count {
            let result = Self.result(bytes, chunks: [place, bytes.count - place])
            #expect(result.commands == whole.commands, "cut at \(place)")
            #expect(result.bytes == whole.bytes)
        }
    }

    @Test(arguments: [1, 3, 1_023, 1_025])
    func `a first line that is too long is refused in any chunks`(size: Int) {
        let connection = TestConnection()
        let bytes = Array(repeating: UInt8(ascii: "x"), count: 2_000)
        var arrivals: [ConnectionState.Arrival] = []
        var start = 0
        for size in Self.chunks(bytes.count, of: size) {
            arrivals.append(connection.receive(bytes[start..<(start + size)]))
            start += size
        }
        let refusals = arrivals.filter { $0 != .nothing }
        #expect(refusals.count == 1)
        #expect(connection.phase == .closing)
    }
}
