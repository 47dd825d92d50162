// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletService
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletServer

/// What the log says.
struct NoticeLogTests {
    private let lines = RecordedLines()
    private let loop = EmbeddedEventLoop()

    private func log() -> NoticeLog { NoticeLog(lines.logger, on: loop) }

    @Test func `each event has a level, a text and its numbers`() {
        let log = log()
        log.tell([
            .broker(.deadLetter(topic: "t", subscription: "s", offset: 7, reason: "rejected", failures: 2)),
            .broker(.lost(topic: "t", subscription: "s", first: 1, last: 9, count: 8)),
            .broker(.damagedMessages(topic: "t", first: 3, last: 4)),
            .broker(.topicDeleted(topic: "t", client: "a\nb")),
            .slowCommit(milliseconds: 2_000, operations: 5),
            .full(.init(used: 90, limit: 100, diskFree: 5)),
            .notFull(.init(used: 50, limit: 100, diskFree: 500)),
        ])
        let said = lines.take()
        #expect(said.count == 7)
        #expect(said[0].hasPrefix("warning: a message became a dead letter; it is kept in $dead.t.s "))
        #expect(said[0].hasSuffix("failures=2 offset=7 reason=rejected subscription=s topic=t"))
        #expect(said[1].hasSuffix("count=8 first=1 last=9 subscription=s topic=t"))
        #expect(said[2].hasPrefix("error: "))
        #expect(said[3].hasSuffix(#"client="a\nb" topic=t"#))
        #expect(said[4].hasSuffix("milliseconds=2000 operations=5"))
        #expect(said[5].contains("make room on the disk") && said[5].hasSuffix("disk-free=5 limit=100 used=90"))
        #expect(said[6].hasPrefix("notice: "))
    }

    @Test func `many of one kind are one line a minute, and the last ones are told at the end`() throws {
        let log = log()
        for offset in 1...10 {
            log.tell([
                .broker(.deadLetter(topic: "t", subscription: "s", offset: UInt64(offset), reason: "r", failures: 1))
            ])
        }
        #expect(lines.take().count == 3)
        loop.advanceTime(by: .seconds(60))
        let later = lines.take()
        #expect(later.count == 1)
        #expect(later.first?.contains("7 more of these, this is the last") == true)
        log.tell(.connectionRefused(limit: 2))
        for _ in 1...5 { log.tell(.connectionRefused(limit: 2)) }
        #expect(lines.take().count == 3)
        let flushed = log.flush()
        loop.run()
        try flushed.wait()
        #expect(lines.take().count == 1)
    }

    @Test func `what the server closes for a reason is told, and what a client ends is not`() throws {
        let channel = try TestChannel()
        try channel.receive("HELLO 1\r\nPUB t x\r\n")
        channel.close()
        #expect(channel.lines.take().map { $0.prefix(40) } == ["warning: closed a connection: the client"])
        let other = try TestChannel()
        try other.receive("HELLO 1\r\nPING\r\n")
        other.close()
        #expect(other.lines.take() == [])
    }
}
