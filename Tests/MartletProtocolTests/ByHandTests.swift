// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletProtocol

/// The article's section "By hand": a person at a terminal can do it, and gets what stands there.
@Suite("By hand") struct ByHandTests {
    private enum Part {
        case client(String, Event)
        case server((inout ByteBuffer) -> Void)
    }

    private static let headers = "content-type: text/plain\n"

    private let transcript: [Part] = [
        .client("HELLO 1 heartbeat=0\n", .hello(Hello(versions: [1], heartbeat: 0))),
        .server { ReplyEncoder.line("OK 1 martlet/0.1.0 session=9f3c max-body=1048576 heartbeat=0", into: &$0) },
        .client("PUB orders 5 id=o-1\nhello\n", .publish(Published("orders", "hello", id: "o-1"))),
        .server { ReplyEncoder.published(first: 1, count: 1, unseen: true, into: &$0) },
        .client(
            "SUB 1 orders billing from=earliest\n",
            .command(.subscribe(Subscribe(1, "orders", "billing", from: .earliest)))),
        .server { ReplyEncoder.line("OK created lease=30s", into: &$0) },
        .server { Self.push(1, id: "o-1", body: "hello", into: &$0) },
        .client("ACK 1 1\n", .ack(consumer: 1, first: 1, last: 1)),
        .server { ReplyEncoder.ok(1, into: &$0) },
        .client("PUB orders 2 hdr=25\n\(headers)hi\n", .publish(Published("orders", "hi", headers: headers))),
        .server { ReplyEncoder.published(first: 2, count: 1, unseen: false, into: &$0) },
        .server { Self.push(2, headers: headers, body: "hi", into: &$0) },
        .client(
            "NACK 1 2 delay=5s code=E7 note=out%20of%20stock\n",
            .command(
                .settle(
                    Settle(verb: .nack, consumer: 1, tags: [2...2], delay: 5_000, code: "E7", note: "out of stock")))),
        .server { ReplyEncoder.ok(1, into: &$0) },
        .client("BYE\n", .command(.bye)),
        .server { ReplyEncoder.line("OK", into: &$0) },
    ]

    private static func push(
        _ number: UInt64, id: String = "", headers: String = "", body: String, into buffer: inout ByteBuffer
    ) {
        Array(id.utf8).withUnsafeBytes { id in
            Array(headers.utf8).withUnsafeBytes { headers in
                Array(body.utf8).withUnsafeBytes { body in
                    var message = MessageFields()
                    message.id = id
                    message.headers = headers
                    message.body = body
                    let push = Push(
                        consumer: 1, tag: number, offset: number, attempt: 1, time: 1_790_000_000_000,
                        message: message)
                    ReplyEncoder.push(push, into: &buffer)
                }
            }
        }
    }

    @Test func `what a person types is read`() {
        let typed = transcript.compactMap { part -> (String, Event)? in
            guard case .client(let text, let event) = part else { return nil }
            return (text, event)
        }
        let expected = Heard(events: typed.map(\.1))
        #expect(Heard(typed.map(\.0).joined(), greeted: false) == expected)
        #expect(Heard(byteByByte: Array(typed.map(\.0).joined().utf8), greeted: false) == expected)
    }

    @Test func `the article shows it as it happens`() throws {
        let shown = try Article().section("## By hand").drop { !$0.hasPrefix("$ nc") }.dropFirst()
            .prefix { $0 != "```" }
        let happens = transcript.map { part in
            switch part {
            case .client(let text, _): text
            case .server(let encode): written(encode).replacing("\r\n", with: "\n")
            }
        }
        #expect(shown.joined(separator: "\n") + "\n" == happens.joined())
    }
}
