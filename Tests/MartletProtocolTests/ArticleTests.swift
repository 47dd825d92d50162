// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import MartletProtocol

/// The article that specifies the protocol, as text.
struct Article {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    let lines: [String]

    init() throws {
        let path = Self.root.appending(path: "Sources/MartletProtocol/MartletProtocol.docc/Protocol.md")
        lines = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
    }

    /// The titles of one level of headings.
    func titles(_ marks: String) -> [String] {
        lines.filter { $0.hasPrefix(marks + " ") }.map { String($0.dropFirst(marks.count + 1)) }
    }

    /// The lines below a heading, up to the next heading of that level or above.
    func section(_ heading: String) -> [String] {
        guard let start = lines.firstIndex(of: heading) else { return [] }
        let level = heading.prefix { $0 == "#" }.count
        return Array(
            lines[(start + 1)...].prefix { line in
                let marks = line.prefix { $0 == "#" }.count
                return marks == 0 || marks > level
            })
    }

    /// The cells of the rows of a section's tables, without heads.
    func rows(_ heading: String) -> [[String]] {
        section(heading).filter { $0.hasPrefix("| ") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { !["Code", "Limit", "Reply", "Header"].contains($0.first) }
    }

    /// What stands between the first two backquotes of a text.
    static func code(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// The sources of this folder's suites.
    static func suites() throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
            .joined()
    }
}

/// The article says what the code does.
struct ArticleTests {
    private let article: Article

    init() throws {
        article = try Article()
    }

    @Test func `every section has a suite of its name`() throws {
        let titles = article.titles("##").filter { $0 != "Overview" }
        #expect(
            titles == [
                "Bytes", "Conversation", "Commands", "Transactions", "Pushes", "Errors", "Rights", "Limits", "JSON",
                "By hand",
            ])
        let suites = try Article.suites()
        for title in titles { #expect(suites.contains("@Suite(\"\(title)\")")) }
    }

    @Test func `every command of the article is read, and every command that is read is in the article`() {
        let words = article.titles("###").filter { $0 != "Reserved" }
        let read = Set(Frames.all.map { String(decoding: $0.bytes.prefix { $0 > 0x20 }, as: UTF8.self) })
        #expect(Set(words) == read.union(["HELLO", "PONG"]))
        #expect(Set(words).count == words.count)
    }

    @Test func `every option that a command reads is in its form`() {
        for frame in Frames.all {
            let line = String(decoding: frame.bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
            let fields = line.split(separator: " ").map(String.init)
            let form = article.section("### \(fields[0])").filter { $0.hasPrefix("    ") }.joined()
            for field in fields.dropFirst() where field.contains("=") && field.first?.isLetter == true {
                #expect(form.contains("\(field.prefix { $0 != "=" })="), "\(line)")
            }
        }
    }

    @Test func `every error code is in the article, and closes where it says so`() {
        let rows = article.rows("## Errors")
        let later = article.section("## Errors").joined(separator: " ")
        for row in rows {
            guard let code = ErrorCode(rawValue: Article.code(row[0])) else {
                Issue.record("\(row[0]) is no code")
                continue
            }
            let isFirst = [.helloRequired, .versionUnsupported, .auth].contains(code)
            #expect((row[2] == "closed") == (Refusal(code, "").closes || isFirst), "\(code)")
        }
        let given = Set(rows.map { Article.code($0[0]) })
        #expect(given.count == rows.count)
        for code in ErrorCode.allCases where !given.contains(code.rawValue) {
            #expect(later.contains("`\(code.rawValue)`"), "\(code)")
        }
    }

    @Test func `every limit of the article is the code's`() {
        let limits: [Int] = [
            Limits.line, Limits.lineBeforeHello, Limits.name, Limits.subscriptionName, Limits.brokerName,
            Limits.identifier, Limits.headers, Limits.headerName, Limits.bodyCeiling, Int(Limits.number), Limits.window,
            Limits.leaseFloor, Limits.leaseCeiling, Limits.delay, Int(Limits.failures), Int(Limits.deliveries),
            Limits.backoff, Limits.code, Limits.note, Limits.peek, Limits.grace, Limits.dedupWindow, Limits.record,
            Limits.lifetime, Limits.list, Limits.outcome, Limits.subscriptions, Limits.client, Int(Limits.heartbeat),
            Limits.schedule, Limits.duration, Limits.filterValue, Limits.listed, Limits.tree, Int(Limits.count),
        ]
        let named = article.rows("## Limits").map { Int($0[1].filter(\.isNumber)) }
        #expect(named == limits.map { Optional($0) })
    }
}
