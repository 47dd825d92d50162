// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the pages show is what the tests beside this one compile and run.
@Suite("Code in pages") struct PageTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func files(in folder: String, ending: String) throws -> [(String, String)] {
        let start = root.appending(path: folder)
        return try FileManager.default.contentsOfDirectory(atPath: start.path).sorted()
            .filter { $0.hasSuffix(ending) }
            .map { ("\(folder)/\($0)", try String(contentsOf: start.appending(path: $0), encoding: .utf8)) }
    }

    private static func blocks() throws -> [Snippet] {
        var pages = try ["MartletClient", "MartletTestKit", "MartletJSON", "MartletSQLite"].flatMap {
            try files(in: "Sources/\($0)/\($0).docc", ending: ".md")
        }
        pages.append(("README.md", try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)))
        return pages.flatMap { SnippetReader.blocks(in: $0.1, of: $0.0) }
    }

    private static func snippets() throws -> [Snippet] {
        // The file of this test and that of the reader name the markers without meaning them.
        try files(in: "Tests/SnippetTests", ending: ".swift")
            .filter { !$0.0.hasSuffix("/PageTests.swift") && !$0.0.hasSuffix("/SnippetReader.swift") }
            .flatMap { SnippetReader.snippets(in: $0.1, of: $0.0) }
    }

    @Test func `every block of Swift in a page is a snippet`() throws {
        let known = Set(try Self.snippets().map(\.code))
        let blocks = try Self.blocks()
        #expect(blocks.count > 20)
        for block in blocks where !known.contains(block.code) {
            Issue.record("\(block.place) shows code that no test runs:\n\(block.code)")
        }
    }

    @Test func `every snippet is in a page`() throws {
        let shown = Set(try Self.blocks().map(\.code))
        for snippet in try Self.snippets() where !shown.contains(snippet.code) {
            Issue.record("\(snippet.place) is in no page")
        }
    }

    /// The pages are read as they are, from the readme, as often as through DocC.
    @Test func `what a page links to is there for those who read the file as it is`() throws {
        let pages = try ["MartletClient", "MartletTestKit", "MartletJSON", "MartletSQLite"].flatMap {
            try Self.files(in: "Sources/\($0)/\($0).docc", ending: ".md")
        }
        var links = 0
        for (path, text) in pages {
            #expect(!text.contains("<doc:"), "\(path)")
            let folder = Self.root.appending(path: path).deletingLastPathComponent()
            for link in text.matches(of: /\]\(([^):#]+)\)/).map({ String($0.1) }) {
                links += 1
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: link).path), "\(path): \(link)")
            }
            // Symbols are links of DocC only where it lists them; elsewhere they read badly.
            let prose = text.prefix(upTo: text.firstRange(of: "\n## Topics\n")?.lowerBound ?? text.endIndex)
            for line in prose.split(separator: "\n") where line.matches(of: /``[A-Za-z]/).count > 0 {
                #expect(line.hasPrefix("# ``") || line.hasPrefix("```"), "\(path): \(line)")
            }
        }
        #expect(links > 10)
    }

    @Test func `a snippet is found without its indentation`() {
        let text = "a\n    // snippet: b\n    c {\n\n        d\n    }\n    // snippet end\ne\n"
        #expect(SnippetReader.snippets(in: text, of: "f") == [Snippet(place: "f b", code: "c {\n\n    d\n}")])
    }

    @Test func `a block is found as it stands, and a block of something else is not`() {
        let text = "a\n\n```swift\nb\n  c\n```\n\n```\nd\n```\n"
        #expect(SnippetReader.blocks(in: text, of: "f") == [Snippet(place: "f", code: "b\n  c")])
    }

    @Test func `code without an end is found, so that it is missed elsewhere`() {
        #expect(SnippetReader.snippets(in: "// snippet: b\nc", of: "f") == [Snippet(place: "f b", code: "c")])
        #expect(SnippetReader.blocks(in: "```swift\nc", of: "f") == [Snippet(place: "f", code: "c")])
    }
}
