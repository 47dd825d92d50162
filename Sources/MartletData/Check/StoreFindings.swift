// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletModel
package import MartletStore

/// What a look at all of a store has found, for people and for programs.
package struct StoreFindings: Sendable {
    private let report: VerifyReport

    init(_ report: VerifyReport) {
        self.report = report
    }

    /// Whether nothing is damaged.
    package var isClean: Bool { report.isClean }
    /// How much is damaged.
    package var damageCount: Int { report.damageCount }
    /// Messages that can be read.
    package var messages: UInt64 { report.messages }
    /// Topics that are there.
    package var topics: Int { report.topics }
    /// Subscriptions that are there.
    package var subscriptions: Int { report.subscriptions }

    /// What the journal has that the data file lacks; nil when no journal was looked at.
    package var journal: Recovery? { report.journal }

    /// For people: each damage in two lines, and a summary.
    package var words: String {
        var lines = report.damages.flatMap { damage in
            ["\(damage.kind.rawValue): \(Self.place(damage))\(damage.what)", "  \(damage.meaning)"]
        }
        if report.damageCount > report.damages.count {
            lines.append("and \(report.damageCount - report.damages.count) more")
        }
        let pages = report.pages.map { ", \($0.all) pages of which \($0.free) are free" } ?? ""
        lines.append(
            "\(report.topics) topics, \(report.subscriptions) subscriptions, \(report.messages) messages, "
                + "\(report.rows) rows\(pages); last batch \(report.batch)\(journalWords)")
        lines.append(
            report.isClean
                ? "clean: every page, checksum, index and counter is right" : "\(report.damageCount) damages")
        return lines.joined(separator: "\n") + "\n"
    }

    private var journalWords: String {
        guard let journal = report.journal else { return "" }
        let more = journal.batches > 0 ? ", and \(journal.batches) more in the journal" : ""
        return more + (journal.isCut ? "\nthe journal ends in a batch that is not whole, and was not confirmed" : "")
    }

    private static func place(_ damage: StoreDamage) -> String {
        var words: [String] = []
        if let topic = damage.topic { words.append("topic '\(topic)'") }
        if let subscription = damage.subscription { words.append("subscription '\(subscription)'") }
        if let offsets = damage.offsets {
            let isOne = offsets.lowerBound == offsets.upperBound
            words.append(
                isOne ? "offset \(offsets.lowerBound)" : "offsets \(offsets.lowerBound) to \(offsets.upperBound)")
        }
        return words.isEmpty ? "" : words.joined(separator: ", ") + ": "
    }

    /// For programs: one object.
    package var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("clean", report.isClean)
            json.member("damages", report.damageCount)
            json.member("topics", report.topics)
            json.member("subscriptions", report.subscriptions)
            json.member("messages", report.messages)
            json.member("bytes", report.messageBytes)
            json.member("rows", report.rows)
            json.member("batch", report.batch)
            if let journal = report.journal {
                json.member("journalBatches", journal.batches)
                json.member("journalCut", journal.isCut)
            }
            json.member("pageSize", report.pageSize)
            if let pages = report.pages {
                json.member("pages", pages.all)
                json.member("freePages", pages.free)
                json.member("orphans", pages.orphans)
            }
            json.name("found")
            json.list { json in
                for damage in report.damages { Self.write(damage, &json) }
            }
        }
        return json.text
    }

    private static func write(_ damage: StoreDamage, _ json: inout JSONWriter) {
        json.object { json in
            json.member("kind", damage.kind.rawValue)
            json.member("table", damage.table)
            if let page = damage.page { json.member("page", page) }
            if let topic = damage.topic { json.member("topic", topic) }
            if let subscription = damage.subscription { json.member("subscription", subscription) }
            if let offsets = damage.offsets {
                json.member("first", offsets.lowerBound)
                json.member("last", offsets.upperBound)
            }
            json.member("what", damage.what)
            json.member("meaning", damage.meaning)
        }
    }
}
