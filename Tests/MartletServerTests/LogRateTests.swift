// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import Testing

@testable import MartletServer

/// Which lines are written, in virtual time.
struct LogRateTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// Holds the value, which an expectation may not change.
    private final class Rate {
        private var rate = LogRate()

        var nextDue: NIODeadline? { rate.nextDue }

        func admits(_ entry: LogEntry, at now: NIODeadline) -> Bool { rate.admits(entry, at: now) }
        func takeDue(at now: NIODeadline) -> [LogEntry] { rate.takeDue(at: now) }
        func takeAll() -> [LogEntry] { rate.takeAll() }
    }

    private func line(_ number: Int = 0, topic: String = "t", kind: String = "dead-letter") -> LogEntry {
        LogEntry(.warning, kind, topic: topic, "it happened", ["offset": "\(number)"])
    }

    @Test func `the first three lines are written at once, and one a minute counts the others`() {
        let rate = Rate()
        let admitted = (1...100).map { rate.admits(line($0), at: Self.start + .milliseconds(Int64($0))) }
        #expect(admitted.prefix(3).allSatisfy { $0 })
        #expect(admitted.dropFirst(3).allSatisfy { !$0 })
        let due = Self.start + .milliseconds(1) + LogRate.interval
        #expect(rate.nextDue == due)
        #expect(rate.takeDue(at: due - .nanoseconds(1)).isEmpty)
        let lines = rate.takeDue(at: due)
        #expect(lines.map(\.count) == [97])
        #expect(lines.first?.metadata["offset"] == "100", "the last of them")
        // The minute behind is counted whole.
        #expect(!rate.admits(line(), at: due))
        #expect(rate.takeDue(at: due + LogRate.interval).map(\.count) == [1])
    }

    @Test func `a quiet minute lets the next lines be written at once`() {
        let rate = Rate()
        for number in 1...4 { _ = rate.admits(line(number), at: Self.start) }
        #expect(rate.takeDue(at: Self.start + LogRate.interval).count == 1)
        #expect(rate.takeDue(at: Self.start + .seconds(120)).isEmpty)
        #expect(rate.nextDue == nil)
        #expect(rate.admits(line(), at: Self.start + .seconds(120)))
    }

    @Test func `each topic and each kind has its own lines`() {
        let rate = Rate()
        for _ in 1...10 { _ = rate.admits(line(), at: Self.start) }
        #expect(rate.admits(line(topic: "u"), at: Self.start))
        #expect(rate.admits(line(kind: "lost"), at: Self.start))
        #expect(!rate.admits(line(), at: Self.start))
    }

    @Test func `1,000 subjects are told apart, and more of them share the lines of their kind`() {
        let rate = Rate()
        let admitted = (1...2_000).count { rate.admits(line(topic: "t\($0)"), at: Self.start) }
        #expect(admitted == LogRate.subjects + LogRate.first)
        let due = rate.takeDue(at: Self.start + LogRate.interval)
        #expect(due.map(\.count) == [2_000 - LogRate.subjects - LogRate.first])
    }

    @Test func `what is held back is written at the end`() {
        let rate = Rate()
        for number in 1...9 { _ = rate.admits(line(number), at: Self.start) }
        #expect(rate.takeAll().map(\.count) == [6])
        #expect(rate.takeAll().isEmpty)
    }
}
