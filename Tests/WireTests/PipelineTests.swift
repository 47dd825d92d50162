// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import Testing

@Suite("Pipelines, ends and slow readers") struct PipelineTests {
    /// A frame that publishes one byte.
    private static let frame = "PUB a 1\r\nx\r\n"

    @Test func `what follows 1,024 unanswered publishes is answered too`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(String(repeating: Self.frame, count: 5_000) + "PING\r\n")
            for offset in 1...5_000 {
                let reply = try client.reply().line
                #expect(reply == "OK \(offset) subs=0")
            }
            #expect(try client.reply().line == "PONG")
        }
    }

    @Test func `topics in turns are told apart wherever the input is split, and said twice`() async throws {
        // More names than are looked for, and some that begin alike.
        let topics = (0..<300).map { "t\($0)" }
        let frames = (topics + topics.prefix(3)).map { "PUB \($0) 1\r\nx\r\n" }.joined()
        try await wire { port in
            let client = try WireClient(port)
            let other = try WireClient(port)
            for (round, size) in [1, 7, 4_096, frames.utf8.count].enumerated() {
                var rest = Substring(frames)
                while !rest.isEmpty {
                    try client.send(String(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                }
                try other.send(frames)
                for client in [client, other] {
                    var offsets: [Int] = []
                    for _ in 0..<303 {
                        let words = try client.reply().line.split(separator: " ")
                        try #require(words.first == "OK")
                        offsets.append(try #require(Int(words[1])))
                    }
                    // Three of the topics get two messages from each client in each round, the others one.
                    #expect(offsets[3..<300].allSatisfy { $0 == 2 * round + 1 || $0 == 2 * round + 2 })
                    #expect(zip(offsets[..<3], offsets[300...]).allSatisfy { $0 < $1 && $1 <= 4 * round + 4 })
                }
            }
        }
    }

    @Test func `5,000 commands that are no publishes are answered too`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(String(repeating: "PING\r\n", count: 5_000) + "INFO topic a\r\n")
            for _ in 0..<5_000 { #expect(try client.reply().line == "PONG") }
            #expect(try client.reply().line.hasPrefix("ERR unknown-topic "))
        }
    }

    @Test func `publishes of more bytes than may be unanswered are all taken`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            let body = String(repeating: "b", count: 1 << 20)
            for _ in 0..<12 { try client.say("PUB a \(1 << 20)", body) }
            for offset in 1...12 { #expect(try client.reply().line == "OK \(offset) subs=0") }
        }
    }

    @Test func `half-closed input still gets its replies`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(Self.frame + "PING\r\nNONSENSE\r\n" + Self.frame)
            try client.endInput()
            let rest = try client.rest()
            try #require(rest.count == 4)
            #expect(rest[0] == "OK 1 subs=0")
            #expect(rest[1] == "PONG")
            #expect(rest[2].hasPrefix("ERR bad-command "))
            #expect(rest[3] == "OK 2 subs=0")
        }
    }

    @Test func `input that is half-closed behind many publishes still gets all its replies`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(String(repeating: Self.frame, count: 5_000))
            try client.endInput()
            #expect(try client.rest().count == 5_000)
        }
    }

    /// The first read of a connection takes 4,096 bytes: a read that is filled to the brim is followed by the end.
    @Test func `input that is half-closed at the end of a full read still gets its replies`() async throws {
        try await wire { port in
            for round in 0..<20 {
                let client = try WireClient(port, hello: nil)
                let head = "HELLO 1 heartbeat=0\r\n"
                let length = 4_096 - head.utf8.count - "PUB a\(round) 4000\r\n\r\n".utf8.count
                let frame = head + "PUB a\(round) \(length)\r\n" + String(repeating: "b", count: length) + "\r\n"
                try #require(frame.utf8.count == 4_096)
                try client.send(frame)
                try client.endInput()
                let rest = try client.rest()
                #expect(rest.count == 2 && rest.last == "OK 1 subs=0", "\(rest)")
            }
        }
    }

    @Test func `where one publish may be unanswered the next waits for its turn`() async throws {
        try await wire(settings { $0.maxUnansweredPublishes = 1 }) { port in
            let client = try WireClient(port)
            try client.send(String(repeating: Self.frame + "PING\r\n", count: 100) + "NONSENSE\r\n" + Self.frame)
            for offset in 1...100 {
                #expect(try client.reply().line == "OK \(offset) subs=0")
                #expect(try client.reply().line == "PONG")
            }
            #expect(try client.reply().line.hasPrefix("ERR bad-command "))
            #expect(try client.reply().line == "OK 101 subs=0")
        }
    }

    @Test func `half a frame before the end of input is not done`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send(Self.frame + "PUB a 5\r\nhel")
            try client.endInput()
            try client.checkEnd(["OK 1 subs=0"])
            #expect(try WireClient(port).object("INFO topic a")["messages"] as? Int == 1)
        }
    }

    @Test func `a consumer that reads nothing for a while gets all of 20 MB later, in order`() async throws {
        try await wire { port in
            let consumer = try WireClient(port, receiveBuffer: 16_384)
            try consumer.check("SUB 1 a s from=new window=10000", is: "OK created lease=30s")
            let publisher = try WireClient(port)
            let body = String(repeating: "0123456789", count: 10_000)
            for _ in 0..<200 { try publisher.say("PUB a \(body.utf8.count)", body) }
            for offset in 1...200 { #expect(try publisher.reply().line == "OK \(offset)") }
            for offset in 1...200 {
                let message = try consumer.message()
                #expect(message.offset == UInt64(offset) && message.attempt == 1, "\(message.line)")
                #expect(message.data.count == body.utf8.count)
            }
            try consumer.check("ACK 1 1-200", is: "OK 200")
            try consumer.checkQuiet()
        }
    }

    @Test func `a backlog of 20 MB comes in full to a consumer that reads late`() async throws {
        try await wire { port in
            let publisher = try WireClient(port)
            let body = String(repeating: "0123456789", count: 100_000)
            for _ in 0..<20 { try publisher.say("PUB a \(body.utf8.count)", body) }
            for offset in 1...20 { #expect(try publisher.reply().line == "OK \(offset) subs=0") }
            let consumer = try WireClient(port, receiveBuffer: 16_384)
            try consumer.say("SUB 1 a s from=earliest window=10000")
            try publisher.wait("INFO subscription a s", until: "consumers", is: 1)
            for offset in 1...20 { try consumer.checkMessage(offset: UInt64(offset)) }
            #expect(try consumer.reply().line == "OK created lease=30s")
            try consumer.check("ACK 1 1-20", is: "OK 20")
        }
    }

    @Test func `a consumer that reads all the time gets the largest messages, with its replies behind them`()
        async throws
    {
        let size = 16 << 20
        try await wire(settings { $0.maxBody = size }) { port in
            let publisher = try WireClient(port)
            let body = String(repeating: "b", count: size)
            for offset in 1...4 { try publisher.check("PUB a \(size)", body, is: "OK \(offset) subs=0") }
            let consumer = try WireClient(port)
            try consumer.check("SUB 1 a s from=earliest window=4", is: "OK created lease=30s")
            for offset in 1...4 {
                #expect(try consumer.message().data.count == size)
                // The reply is written behind the next message, which is on its way.
                try consumer.check("ACK 1 \(offset)", is: "OK 1")
            }
        }
    }

    @Test func `a consumer that takes nothing for too long is closed, and another one gets its messages`() async throws
    {
        try await wire(settings { $0.stallTimeout = 300 }) { port in
            let publisher = try WireClient(port)
            let body = String(repeating: "b", count: 1 << 20)
            for offset in 1...16 { try publisher.check("PUB a \(1 << 20)", body, is: "OK \(offset) subs=0") }
            let stalled = try WireClient(port, receiveBuffer: 16_384)
            try stalled.say("SUB 1 a s from=earliest window=10000")
            try publisher.wait("INFO", until: "connections", is: 1)
            let consumer = try WireClient(port)
            try consumer.check("SUB 1 a s window=10000", is: "OK lease=30s")
            for offset in 1...16 { #expect(try consumer.message().offset == UInt64(offset)) }
            stalled.disconnect()
        }
    }

    #if os(Linux)
    @Test func `answers that nobody reads do not fill the memory`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port, receiveBuffer: 16_384), try WireClient(port))
            let body = String(repeating: "b", count: 1 << 20)
            try client.check("PUB a \(1 << 20)", body, is: "OK 1 subs=0")
            let before = try Self.memory()
            try client.send(String(repeating: "PEEK a 1\r\n", count: 1_000))
            // One event loop serves both: when it answers the second time, it has dealt with what came before.
            for _ in 0..<3 { try other.check("PING", is: "PONG") }
            let growth = try Self.memory() - before
            // The answers would take 1 GiB; what other tests of this process take meanwhile is less than half of that.
            #expect(growth < 500 << 20, "1,000 questions of 10 bytes took \(growth >> 20) MiB")
        }
    }

    /// Bytes of memory of this process that no file backs.
    private static func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        let number = try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first)
        return try #require(Int(number)) * 1_024
    }
    #endif
}
