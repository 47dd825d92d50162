// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@testable import MartletClient

/// Ids, keys, processes and causes need not be UTF-8.
@Suite(.timeLimit(.minutes(10))) struct MessageKeyTests {
    private func message(_ options: String) throws -> Message {
        var parser = IncomingParser()
        Array("MSG 1 1 7 1 0 time=1 \(options)\r\n\r\n".utf8).withUnsafeBytes { parser.append($0) }
        guard case .incoming(.message(let incoming)) = try parser.next() else {
            throw ClientError(.protocolViolation, options)
        }
        return Message(
            incoming, try SubscriptionRequest("t", "s", from: nil, window: 1, options: ConsumerOptions()))
    }

    @Test func `what is not UTF-8 is shown as far as it can be, and is there byte for byte`() throws {
        var message = try message("id=a%FF key=%FE%20 process=p%C3 cause=%80")
        #expect(message.id == "a\u{FFFD}" && message.idBytes == [0x61, 0xFF])
        #expect(message.key == "\u{FFFD} " && message.keyBytes == [0xFE, 0x20])
        #expect(message.process == "p\u{FFFD}" && message.processBytes == [0x70, 0xC3])
        #expect(message.cause == "\u{FFFD}" && message.causeBytes == [0x80])
        message.key = "k"
        #expect(message.keyBytes == [0x6B] && message.idBytes == [0x61, 0xFF])
    }

    @Test func `what is UTF-8 has its bytes too, and what is not there has none`() throws {
        let message = try message("id=%C3%A9")
        #expect(message.idBytes == [0xC3, 0xA9])
        #expect(message.keyBytes == nil && message.processBytes == nil && message.causeBytes == nil)
    }

    @Test func `different messages have different keys, whatever their ids`() throws {
        let options = ["id=%FF", "id=%FE", "id=%EF%BF%BD", "id=%25FF", "id=#%25FF", "id=#7", "id=7", "id=##%25FF", ""]
        let keys = try options.map { try message($0).idempotencyKey }
        #expect(Set(keys).count == options.count)
        #expect(keys[0] == "t/s/#%FF")
        #expect(keys.last == "t/s/#7")
        let inboxKeys = try options.map { InboxKey(try message($0)) }
        #expect(Set(inboxKeys).count == options.count)
    }

    @Test func `an inbox handles messages whose ids look alike, each once`() async throws {
        let script: FakeServer.Script = { frame in
            switch frame.word {
            case "HELLO": .greeting
            case "SUB":
                .send(
                    "OK lease=30s\r\nMSG 1 1 1 1 1 id=%FF key=%FE\r\na\r\nMSG 1 2 2 1 1 id=%FE\r\nb\r\n"
                        + "MSG 1 3 3 1 1 id=%FF\r\na\r\n")
            default: .send("OK 1\r\n")
            }
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            let inbox = MemoryInbox("")
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await Client.with(server.configuration(), logger: .silent) { client in
                        try await client.consume("t", as: "s", inbox: inbox) { message, database in
                            database.value += message.text
                        }
                    }
                }
                for _ in 1...3 { _ = await frames.next("ACK") }
                group.cancelAll()
                do { try await group.waitForAll() } catch {}
            }
            #expect(inbox.value.sorted() == ["a", "b"])
        }
    }
}
