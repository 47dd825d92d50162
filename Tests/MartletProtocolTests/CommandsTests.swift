// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletProtocol

/// The article's section "Commands": what is read of each, and the replies byte for byte.
@Suite("Commands") struct CommandsTests {
    @Test(arguments: Frames.publishes)
    func `PUB is read`(frame: Frame) { #expect(Heard(frame.bytes).events == [frame.event]) }

    @Test(arguments: Frames.settles)
    func `ACK, NACK, RELEASE, REJECT, TOUCH, WINDOW and UNSUB are read`(frame: Frame) {
        #expect(Heard(frame.bytes).events == [frame.event])
    }

    @Test(arguments: Frames.subscriptions + Frames.administration + Frames.questions)
    func `the other commands are read`(frame: Frame) { #expect(Heard(frame.bytes).events == [frame.event]) }

    @Test(arguments: Frames.records)
    func `GET, SET, UNSET, LIST and RECEIPT are read`(frame: Frame) {
        #expect(Heard(frame.bytes).events == [frame.event])
        #expect(Heard(byteByByte: frame.bytes) == Heard(frame.bytes))
    }

    @Test(arguments: Frames.messages)
    func `what is about messages, processes and deliveries is read`(frame: Frame) {
        #expect(Heard(frame.bytes).events == [frame.event])
        #expect(Heard(byteByByte: frame.bytes) == Heard(frame.bytes))
    }

    @Test func `a PUB with a time keeps its place among those without`() {
        let heard = Heard("PUB a 1 id=%41\nx\nPUB a 1 ttl=1s\ny\nPUB a 1 id=B\nz\n")
        #expect(
            heard.events == [
                .publish(Published("a", "x", id: "A")), .command(.publish(TimedPublish("a", "y", ttl: 1_000))),
                .publish(Published("a", "z", id: "B")),
            ])
    }

    @Test func `a value of a record is never read as commands`() {
        let heard = Heard("SET a k 6 version=0 colour=red\nPING\r\n\r\nPING\n")
        #expect(
            heard.events == [
                .refused(Refusal(.badOption, "colour: not an option of this command")), .command(.ping),
            ])
    }

    @Test func `the common ACK and the general one mean the same`() {
        #expect(Heard("ACK 1 7-9\n").events == [.ack(consumer: 1, first: 7, last: 9)])
        let general = Settle(verb: .ack, consumer: 1, tags: [7...8, 9...9])
        #expect(Heard("ACK 1 7-8,9\n").events == [.command(.settle(general))])
    }

    @Test func `options stand in any order`() {
        let options = ["id=i", "key=k", "process=p", "cause=c", "hdr=5"]
        let expected = Event.publish(
            Published("a", "x", id: "i", key: "k", process: "p", cause: "c", headers: "n: v\n"))
        var random = SeededRandom(seed: 3)
        for _ in 0..<40 {
            let line = "PUB a 1 " + options.shuffled(using: &random).joined(separator: " ")
            #expect(Heard("\(line)\nn: v\nx\n").events == [expected])
        }
    }

    @Test func `what one PUB decoded is not left for the next`() {
        let heard = Heard("PUB a 1 id=%41 key=%42\nx\nPUB a 1 key=%43\ny\nPUB a 1\nz\n")
        #expect(
            heard.events == [
                .publish(Published("a", "x", id: "A", key: "B")), .publish(Published("a", "y", key: "C")),
                .publish(Published("a", "z")),
            ])
    }

    @Test(arguments: ["audit", "audit.*", "a.b.*"])
    func `a pattern of the configuration is a name or a prefix, and options of CREATE topic`(pattern: String) throws {
        let (name, options) = try TopicOptions.pattern("\(pattern) max-age=30d max-bytes=5")
        #expect(name == pattern)
        #expect(options == TopicOptions { ($0.maxAge, $0.maxBytes) = (2_592_000_000, 5) })
    }

    @Test(arguments: [
        ("*", ErrorCode.badName, "pattern: "), ("a*", .badName, "pattern: "), ("$sys.*", .badName, "pattern: "),
        (".*", .badName, "pattern: "), ("a.* max-age", .badOption, "max-age: expected a value"),
        ("a.* window=5", .badOption, "window: not an option"), ("", .badArgument, "expected fields"),
    ])
    func `a pattern that is wrong says what is wrong`(line: String, code: ErrorCode, text: String) throws {
        let error = try #require(throws: Refusal.self) { _ = try TopicOptions.pattern(line) }
        #expect(error.code == code)
        #expect(error.text.hasPrefix(text))
    }

    // MARK: - Replies

    @Test func `OK of publishes counts up`() {
        #expect(written { ReplyEncoder.published(first: 1, count: 1, unseen: false, into: &$0) } == "OK 1\r\n")
        #expect(
            written { ReplyEncoder.published(first: 8, count: 4, unseen: false, into: &$0) }
                == "OK 8\r\nOK 9\r\nOK 10\r\nOK 11\r\n")
    }

    @Test func `OK of publishes that nobody sees says so`() {
        #expect(
            written { ReplyEncoder.published(first: 99, count: 2, unseen: true, into: &$0) }
                == "OK 99 subs=0\r\nOK 100 subs=0\r\n")
    }

    @Test(arguments: 0...18)
    func `a number is written whole on both sides of each power of ten`(power: Int) {
        let edge = (0..<power).reduce(UInt64(1)) { number, _ in number * 10 }
        for number in [edge - 1, edge, edge + 1] {
            #expect(written { ReplyEncoder.ok(number, into: &$0) } == "OK \(number)\r\n")
        }
    }

    @Test func `the largest numbers are written whole`() {
        #expect(written { ReplyEncoder.ok(Limits.number, into: &$0) } == "OK 9223372036854775807\r\n")
        #expect(written { ReplyEncoder.ok(.max, into: &$0) } == "OK 18446744073709551615\r\n")
        #expect(
            written { ReplyEncoder.published(first: Limits.number - 1, count: 2, unseen: true, into: &$0) }
                == "OK 9223372036854775806 subs=0\r\nOK 9223372036854775807 subs=0\r\n")
    }

    @Test func `a run of ten thousand publishes has ten thousand lines`() {
        let text = written { ReplyEncoder.published(first: 5, count: 10_000, unseen: false, into: &$0) }
        #expect(text == (5..<10_005).map { "OK \($0)\r\n" }.joined())
    }

    @Test func `a plain reply is a line`() {
        #expect(written { ReplyEncoder.line("OK created", into: &$0) } == "OK created\r\n")
    }

    @Test func `replies follow one another without a gap`() {
        let text = written {
            ReplyEncoder.line("PONG", into: &$0)
            ReplyEncoder.ok(2, into: &$0)
            ReplyEncoder.published(first: 3, count: 1, unseen: false, into: &$0)
            ReplyEncoder.data([], into: &$0)
        }
        #expect(text == "PONG\r\nOK 2\r\nOK 3\r\nDATA 0\r\n\r\n")
    }
}

/// The article's section "JSON": how it is framed, and the headers that `PEEK` shows.
@Suite("JSON") struct JSONTests {
    @Test(arguments: [("", "DATA 0\r\n\r\n"), ("{}", "DATA 2\r\n{}\r\n"), ("a\r\nb", "DATA 4\r\na\r\nb\r\n")])
    func `DATA has a length, the bytes and a line end`(body: String, expected: String) {
        #expect(written { ReplyEncoder.data(Array(body.utf8), into: &$0) } == expected)
    }

    @Test(arguments: [
        ("", []), ("a: b\n", ["a=b"]), ("B: x: y\na: \n", ["B=x: y", "a="]), ("n:  two\n", ["n= two"]),
        ("Martlet-Dead-Note: caf\u{e9}\n", ["Martlet-Dead-Note=caf\u{e9}"]),
    ])
    func `headers are shown in the order in which they came`(block: String, expected: [String]) {
        let pairs = Array(block.utf8).withUnsafeBytes { HeaderBlock.pairs(in: $0) }
        #expect(pairs.map { "\($0.name)=\($0.value)" } == expected)
    }
}
