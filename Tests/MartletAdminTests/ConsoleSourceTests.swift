// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the sources of the console may not do, and what they ask the broker.
struct ConsoleSourceTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources/MartletAdmin/Console")

    /// The sources by their paths.
    private static func sources(_ endings: Set<String>) throws -> [(path: String, text: String)] {
        let list = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let chosen = list.filter { path in endings.contains { path.hasSuffix(".\($0)") } }.sorted()
        try #require(!chosen.isEmpty)
        return try chosen.map { ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)) }
    }

    @Test func `text of messages never becomes markup or code`() throws {
        let forbidden = [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "srcdoc", "eval(",
            "new Function", "javascript:", "setAttribute(\"style\"", "createContextualFragment",
        ]
        for (path, text) in try Self.sources(["js", "html"]) {
            for word in forbidden { #expect(!text.contains(word), "\(path): \(word)") }
        }
    }

    @Test func `the console asks nobody but its broker`() throws {
        for (path, text) in try Self.sources(["js", "css", "html", "svg"]) {
            // The name of a language is no address.
            let rest = text.replacing("http://www.w3.org/2000/svg", with: "")
            #expect(!rest.contains(/https?:\/\/|url\(|@import|WebSocket|sendBeacon/), "\(path)")
        }
    }

    @Test func `the files are short, as all files are`() throws {
        for (path, text) in try Self.sources(["js", "css", "html"]) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 400, "\(path)")
            for (index, line) in lines.enumerated() { #expect(line.count <= 120, "\(path):\(index + 1)") }
            #expect(text.contains("SPDX-License-Identifier: Apache-2.0"), "\(path)")
        }
    }

    @Test func `every module that is imported is there, and every one but the first is imported`() throws {
        let sources = try Self.sources(["js"])
        let paths = Set(sources.map(\.path))
        var imported: Set = ["main.js"]
        for (path, text) in sources {
            for match in text.matches(of: /from "([^"]+)"/) {
                let base = URL(fileURLWithPath: "/" + path).deletingLastPathComponent()
                let found = base.appendingPathComponent(String(match.1)).standardized.path.dropFirst()
                #expect(paths.contains(String(found)), "\(path): \(match.1)")
                imported.insert(String(found))
            }
        }
        #expect(paths.subtracting(imported) == [])
    }

    @Test func `every request of the console is in the description of the interface`() async throws {
        let text = try #require(try Self.sources(["js"]).first { $0.path == "core/api.js" }).text
        let verbs = ["get(": "get", "post(": "post", "\"PATCH\", ": "patch", "\"DELETE\", ": "delete", "+ ": "get"]
        let asked = Set(
            text.matches(of: /([^\s(]*\(|"[A-Z]+",\s|\+ )\s*path`([^`]+)`/).map { match in
                let path = String(match.2).replacing(/\$\{[^}]*\}/, with: "{}")
                return "\(verbs[String(match.1)] ?? "?") \(path)"
            })
        #expect(asked.count > 20)
        #expect(asked.count >= text.matches(of: /path`/).count - 3, "a request is written in another way")
        try await AdminBed.run { bed in
            let description = try await bed.get("/api/v1/openapi.json").body
            let document = try #require(try JSONSerialization.jsonObject(with: description) as? [String: Any])
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            var known: Set<String> = []
            for (path, verbs) in paths {
                let short = path.replacing("/api/v1", with: "").replacing(/\{[^}]*\}/, with: "{}")
                for verb in verbs.keys { known.insert("\(verb) \(short)") }
            }
            #expect(asked.subtracting(known) == [])
        }
    }
}
