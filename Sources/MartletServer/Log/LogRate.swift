// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Decides which lines are written: the first ones about a subject at once, then one a minute that counts the others.
///
/// It reads no clock. A subject about which nothing was to be said for a minute begins anew.
struct LogRate {
    private struct Window {
        var end: NIODeadline
        var written = 1
        /// The last line that was not written, which stands for all of them.
        var held: LogEntry?
    }

    /// Lines about one subject that are written at once.
    static let first = 3
    /// How long the others wait.
    static let interval = TimeAmount.seconds(60)
    /// Subjects that are told apart at one time; further ones are told apart by their kinds only.
    static let subjects = 1_000

    private var windows: [LogEntry.Subject: Window] = [:]

    /// Whether a line is to be written now; one that is not is counted.
    mutating func admits(_ entry: LogEntry, at now: NIODeadline) -> Bool {
        let subject = self.subject(of: entry)
        guard var window = windows[subject] else {
            windows[subject] = Window(end: now + Self.interval)
            return true
        }
        if window.written < Self.first {
            window.written += 1
        } else {
            var entry = entry
            entry.count += window.held?.count ?? 0
            window.held = entry
        }
        windows[subject] = window
        return window.held == nil
    }

    /// When `takeDue` may have something next.
    var nextDue: NIODeadline? { windows.values.map(\.end).min() }

    /// The lines that stand for those that were not written, as far as their minute is over.
    mutating func takeDue(at now: NIODeadline) -> [LogEntry] {
        var due: [LogEntry] = []
        for (subject, window) in windows where window.end <= now {
            guard let held = window.held else {
                windows[subject] = nil
                continue
            }
            due.append(held)
            windows[subject] = Window(end: now + Self.interval, written: Self.first)
        }
        return due.sorted { $0.subject < $1.subject }
    }

    /// All lines that stand for others.
    mutating func takeAll() -> [LogEntry] {
        defer { windows = [:] }
        return windows.values.compactMap(\.held).sorted { $0.subject < $1.subject }
    }

    private func subject(of entry: LogEntry) -> LogEntry.Subject {
        if windows.count < Self.subjects || windows[entry.subject] != nil { return entry.subject }
        return LogEntry.Subject(kind: entry.subject.kind)
    }
}

extension LogEntry.Subject: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        (left.kind, left.topic, left.subscription, left.address)
            < (right.kind, right.topic, right.subscription, right.address)
    }
}
