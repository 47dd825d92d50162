// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// The article's section "Conversation": who speaks first, and when it ends.
@Suite("Conversation") struct ConversationTests {
    static let hellos: [(String, Hello)] = [
        ("HELLO 1\n", Hello(versions: [1])),
        ("HELLO 1\r\n", Hello(versions: [1])),
        ("HELLO 2,1\r\n", Hello(versions: [2, 1])),
        ("HELLO 1,1,9223372036854775807\n", Hello(versions: [1, 1, 9_223_372_036_854_775_807])),
        ("HELLO 1 client=shop%201\n", Hello(versions: [1], client: "shop 1")),
        ("HELLO 1 token=a%25b=c\n", Hello(versions: [1], token: "a%b=c")),
        ("HELLO 1 session=9f\n", Hello(versions: [1], session: "9f")),
        ("HELLO 1 heartbeat=0\n", Hello(versions: [1], heartbeat: 0)),
        (
            "HELLO 1 heartbeat=15 session=s token=t client=caf%C3%A9\n",
            Hello(versions: [1], client: "caf\u{e9}", token: "t", session: "s", heartbeat: 15)
        ),
    ]

    @Test(arguments: hellos)
    func `HELLO opens the conversation, cut at every place`(text: String, hello: Hello) {
        let bytes = Array(text.utf8)
        let expected = Heard(events: [.hello(hello)])
        #expect(Heard(bytes, greeted: false) == expected)
        #expect(Heard(byteByByte: bytes, greeted: false) == expected)
        for cut in bytes.indices { #expect(Heard(bytes, cuts: [cut], greeted: false) == expected) }
    }

    @Test func `commands may follow HELLO in the same read`() {
        let bytes = Array("HELLO 1\nPUB a 1\nx\nPING\n".utf8)
        let expected = Heard(events: [
            .hello(Hello(versions: [1])), .publish(Published("a", "x")), .command(.ping),
        ])
        #expect(Heard(bytes, greeted: false) == expected)
        for cut in bytes.indices { #expect(Heard(bytes, cuts: [cut], greeted: false) == expected) }
    }

    @Test(
        arguments: [
            ("HELLO 2\n", .versionUnsupported, "1"), ("HELLO 0\n", .versionUnsupported, "1"),
            ("HELLO 2,3 client=a\n", .versionUnsupported, "1"),
            ("HELLO \n", .badArgument, "expected fields separated by exactly one space"),
            ("HELLO  1\n", .badArgument, "expected fields separated by exactly one space"),
            ("HELLO 1 \n", .badArgument, "expected fields separated by exactly one space"),
            ("HELLO 1,\n", .badArgument, "versions: expected numbers"),
            ("HELLO x\n", .badArgument, "versions: expected numbers"),
            ("HELLO -1\n", .badArgument, "versions: expected numbers"),
            ("HELLO 01\n", .badArgument, "versions: expected numbers"),
            ("HELLO client=a 1\n", .badArgument, "versions: expected numbers"),
            ("HELLO 1 \u{1}\n", .badArgument, "expected printable ASCII"),
            ("HELLO 1 user=a\n", .badOption, "user: not an option"),
            ("HELLO 1 client=a client=a\n", .badOption, "client: given twice"),
            ("HELLO 1 client\n", .badOption, "client: expected a value"),
            ("HELLO 1 client=%00\n", .badOption, "client: expected"),
            ("HELLO 1 token=%FF\n", .badOption, "token: expected"),
            ("HELLO 1 session=%\n", .badOption, "session: expected"),
            ("HELLO 1 heartbeat=30s\n", .badOption, "heartbeat: expected a number"),
        ] as [(String, ErrorCode, String)])
    func `a refused HELLO ends the conversation`(text: String, code: ErrorCode, expected: String) throws {
        let bytes = Array((text + "HELLO 1\nPING\n").utf8)
        let whole = Heard(bytes, greeted: false)
        let error = try #require(whole.fatal)
        #expect(error.code == code)
        #expect(error.text.hasPrefix(expected))
        #expect(Heard(byteByByte: bytes, greeted: false) == whole)
    }

    @Test(arguments: [
        "PING\r\n", "PUB orders 5\r\nhello\r\n", "hello 1\n", "HELLO\n", "HELLO\t1\n", "HELLO1\n", " HELLO 1\n", "\n",
        "\r\nHELLO 1\n", "GET / HTTP/1.1\r\nHost: localhost:7250\r\n\r\n", "POST /pub HTTP/1.0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "*1\r\n$4\r\nPING\r\n", "CONNECT {}\r\n", "AMQP\0\0\u{9}\u{1}\n", "\0\n",
    ])
    func `anything else first is answered hello-required and ends the conversation`(text: String) {
        let bytes = Array((text + "HELLO 1\nPING\n").utf8)
        let required = Refusal(.helloRequired, "expected HELLO 1 as the first line")
        #expect(Heard(bytes, greeted: false).fatal == required)
        #expect(Heard(byteByByte: bytes, greeted: false).fatal == required)
        for cut in bytes.indices { #expect(Heard(bytes, cuts: [cut], greeted: false).fatal == required) }
    }

    @Test func `a TLS handshake is answered hello-required`() {
        let random = (0..<32).map { UInt8(200 + $0) }
        let start: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + random
        // As long as no line has ended, a longer one of the wrong protocol may still come.
        #expect(Heard(start, greeted: false) == Heard(events: [], rest: start.count))
        let full = start + [UInt8](repeating: 0xAA, count: 1_025 - start.count)
        #expect(Heard(full, greeted: false).fatal?.code == .helloRequired)
        #expect(Heard(byteByByte: full, greeted: false).fatal?.code == .helloRequired)
        #expect(Heard(start + [0x0A], greeted: false).fatal?.code == .helloRequired)
    }

    @Test func `a second HELLO is refused and the conversation goes on`() {
        let heard = Heard("HELLO 1\nHELLO 1\nPING\n", greeted: false)
        #expect(
            heard.events == [
                .hello(Hello(versions: [1])),
                .refused(Refusal(.badCommand, "HELLO: already said on this connection")), .command(.ping),
            ])
    }

    @Test func `the decoder knows whether HELLO has succeeded`() {
        var listener = Listener(greeted: false)
        listener.hear(Array("HELLO 1".utf8))
        #expect(!listener.isGreeted)
        listener.hear(Array("\n".utf8))
        #expect(listener.isGreeted)
        var other = Listener(greeted: false)
        other.hear(Array("HELLO 2\n".utf8))
        #expect(!other.isGreeted)
    }

    @Test func `every frame after HELLO but PONG gets its place, refused or not`() {
        let heard = Heard("PING\nping\nPUB a 1\nx\nPUB a. 1\nx\nPONG\nACK 1 1\n")
        #expect(
            heard.events.map(Self.kind) == ["command", "refused", "publish", "refused", "ack"])
    }

    private static func kind(_ event: Event) -> String {
        switch event {
        case .hello: "hello"
        case .publish: "publish"
        case .ack: "ack"
        case .command: "command"
        case .refused: "refused"
        case .fatal: "fatal"
        }
    }
}
