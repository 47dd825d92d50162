// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletData

/// Lines are taken all or none, and what is wrong is named by its line.
struct ImportTests {
    let folder: DataFolder

    init() throws {
        folder = try DataFolder(messages: 5)
    }

    private func export(_ topics: [String] = []) throws -> [String] {
        _ = try Export.run(
            folder: folder.data, topics: topics, to: .file(path: folder.file("lines"), replacing: true),
            martlet: "test", time: 1)
        return try String(contentsOfFile: folder.file("lines"), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func load(_ lines: [String], end: String = "\n") throws -> StoreFindings {
        let path = folder.file("changed")
        try (lines.joined(separator: "\n") + end).write(toFile: path, atomically: true, encoding: .utf8)
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        return try Import.run(from: descriptor, named: "changed", folder: folder.file("imported")).findings
    }

    private func refusal(_ lines: [String], end: String = "\n") throws -> DataError {
        let error = try #require(folder.refusal { _ = try load(lines, end: end) })
        #expect(!folder.names(folder.file("imported")).contains("data.mdb"))
        return error
    }

    @Test func `lines say their format, and a message is one line of text`() throws {
        let lines = try export()
        #expect(lines[0].contains(#""format":"martlet""#) && lines[0].contains(#""version":1"#))
        #expect(
            lines.contains(
                #"{"body":"message 1","offset":2,"time":9,"topic":"orders","type":"message"}"#), "\(lines)")
        #expect(lines.last == #"{"lines":8,"messages":5,"type":"end"}"#)
        let findings = try load(lines)
        #expect(findings.messages == 5 && findings.subscriptions == 1)
    }

    @Test func `one topic is exported with what belongs to it, and one that is not there is refused`() throws {
        #expect(try load(try export(["orders"])).messages == 5)
        #expect(folder.refusal { _ = try export(["others"]) }?.code == .refused)
    }

    @Test func `a line that cannot be taken is named by its number`() throws {
        let lines = try export()
        let wrong: [(String, String)] = [
            ("{", "no JSON"), (#"{"type":"mystery"}"#, "no line of type 'mystery'"),
            (#"{"type":"message","topic":"orders"}"#, "is missing"),
            (#"{"type":"message","topic":"none","offset":1,"time":1,"body":"x"}"#, "topic 'none' was not named"),
            (#"{"type":"message","topic":"orders","offset":0,"time":9,"body":"x"}"#, "offset 0 of 'orders'"),
            (#"{"type":"message","topic":"orders","offset":9,"time":9,"body":{"base64":"?"}}"#, "not base64"),
        ]
        for (line, words) in wrong {
            let error = try refusal(Array(lines.prefix(3)) + [line] + Array(lines.dropFirst(3)))
            #expect(error.code == .refused)
            #expect(error.description.hasPrefix("changed, line 4: "), "\(error)")
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test func `a form that is not known is refused with both versions`() throws {
        var lines = try export()
        lines[0] = lines[0].replacingOccurrences(of: #""version":1"#, with: #""version":2"#)
        let error = try refusal(lines)
        #expect(error.code == .schema)
        #expect(error.description.contains("version 2") && error.description.contains("version 1"))
    }

    @Test func `lines that were cut off are refused`() throws {
        let lines = try export()
        #expect(try refusal(Array(lines.dropLast())).code == .damaged)
        #expect(try refusal(lines, end: "").code == .damaged)
        #expect(try refusal(Array(lines.prefix(4) + lines.dropFirst(5))).code == .damaged)
        #expect(try refusal([], end: "").code == .damaged)
    }
}
