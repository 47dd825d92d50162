// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The console is part of the program.
struct ConsoleFilesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources/MartletAdmin/Console")

    /// The files of the console by their paths.
    private static func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        let list = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        while let file = list?.nextObject() as? URL {
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            files[String(file.path.dropFirst(folder.path.count))] = try Data(contentsOf: file)
        }
        return files
    }

    @Test func `every file of the console is served as it is, with its type ('make console' lists them)`() async throws
    {
        let files = try Self.files()
        try #require(files["/index.html"] != nil)
        let types = ["html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"]
        try await AdminBed.run { bed in
            for (path, data) in files {
                let answer = try await bed.get(path)
                #expect(answer.status == 200, "\(path)")
                #expect(answer.body == data, "\(path)")
                let type = types[String(path.split(separator: ".").last ?? "")] ?? "?"
                #expect(answer.headers["content-type"]?.hasPrefix(type) == true, "\(path)")
            }
            #expect(try await bed.get("/").body == files["/index.html"])
            #expect(try await bed.get("/favicon.ico").body == files["/mark.svg"])
        }
    }

    /// The articles about the broker; those about the Swift library are for programmers, who have the sources.
    private static func articles() throws -> [String: Data] {
        let sources = folder.deletingLastPathComponent().deletingLastPathComponent()
        var articles: [String: Data] = [:]
        for module in ["Server", "Admin", "Data", "Broker", "Protocol", "Store"].map({ "Martlet\($0)" }) {
            let catalog = sources.appendingPathComponent("\(module)/\(module).docc")
            for name in try FileManager.default.contentsOfDirectory(atPath: catalog.path)
            where name.hasSuffix(".md") && name != "\(module).md" {
                articles["\(module)/\(name)"] = try Data(contentsOf: catalog.appendingPathComponent(name))
            }
        }
        return articles
    }

    @Test func `every article about the broker is served as text, and the console links to it`() async throws {
        let articles = try Self.articles()
        let page = String(decoding: try #require(try Self.files()["/pages/articles.js"]), as: UTF8.self)
        let links = Set(page.matches(of: /\["(Martlet[A-Za-z]+\/[A-Za-z]+)"/).map { "\($0.1).md" })
        #expect(links == Set(articles.keys))
        try await AdminBed.run { bed in
            for (path, data) in articles {
                let answer = try await bed.get("/articles/\(path)")
                #expect(answer.status == 200 && answer.body == data, "\(path)")
                #expect(answer.headers["content-type"] == "text/plain; charset=utf-8", "\(path)")
            }
        }
    }

    @Test func `a file that is known is not sent again`() async throws {
        try await AdminBed.run { bed in
            let first = try await bed.get("/index.html")
            let tag = try #require(first.headers["etag"])
            #expect(first.headers["cache-control"] == "no-cache")
            let again = try await bed.get("/index.html", headers: ["If-None-Match": "W/\"x\", \(tag)"])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again.headers["etag"] == tag)
            let other = try await bed.get("/index.html", headers: ["If-None-Match": "\"other\""])
            #expect(other.status == 200)
            let head = try await bed.ask("HEAD", "/")
            #expect(head.headers["content-length"] == "\(first.body.count)")
            #expect(head.body.isEmpty)
        }
    }

    @Test func `no page has scripts or styles within it, which the policy would not let run`() throws {
        for (path, data) in try Self.files() where path.hasSuffix(".html") {
            let text = String(decoding: data, as: UTF8.self)
            #expect(!text.contains(/<script(?![^>]*\ssrc=)[^>]*>/), "\(path)")
            #expect(!text.contains(/<style/), "\(path)")
            #expect(!text.contains(/\s(on[a-z]+|style)=/), "\(path)")
        }
    }
}
