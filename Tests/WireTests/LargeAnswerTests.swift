// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("Large answers") struct LargeAnswerTests {
    @Test func `thousands of topics are told in the order of their names, and the next reply follows`() async throws {
        let names = (0..<3_000).map { "topic-\(10_000 + $0 * 7_919 % 3_000)" }
        try await wire { port in
            let client = try WireClient(port)
            for name in names { try client.say("CREATE topic \(name)") }
            for _ in names { #expect(try client.reply().line == "OK") }
            try client.say("INFO topics")
            try client.say("PING")
            let answer = try client.reply()
            #expect(answer.data.count > 512 << 10)
            #expect(try client.reply().line == "PONG")
            #expect(try client.objects("INFO topics").compactMap { $0["name"] as? String } == names.sorted())
        }
    }

    // Answers leave in buffers of 256 KiB.
    @Test(arguments: [1, 2])
    func `an answer is whole where its end meets that of a buffer`(buffers: Int) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.publish("a", "")
            let empty = try client.answer("PEEK a 1")
            let frame = "DATA 262144\r\n".utf8.count + empty
            for (index, more) in [-3, -2, -1, 0, 1, 2, 3].enumerated() {
                let size = buffers * (256 << 10) - frame + more
                try client.check(
                    "PUB a \(size)", String(repeating: "b", count: size), is: "OK \(index + 2) subs=0")
                try client.say("PEEK a \(index + 2)")
                try client.say("PING")
                #expect(try client.reply().data.count == empty + size)
                #expect(try client.reply().line == "PONG")
                let message = try client.objects("PEEK a \(index + 2)").first
                #expect((message?["body"] as? String)?.utf8.count == size)
            }
        }
    }
}

extension WireClient {
    /// How many bytes of data a question is answered.
    fileprivate func answer(_ line: String) throws -> Int {
        try say(line)
        return try reply().data.count
    }
}
