// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The rules, held against every file of the repository.
struct RepositoryTests {
    typealias Rule = (_ path: String, _ text: String) -> [Violation]

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The files of some folders of the repository, as path from its root and text.
    private static func files(in folders: [String], endings: [String] = ["swift"]) throws -> [(String, String)] {
        try folders.flatMap { folder -> [(String, String)] in
            let start = root.appending(path: folder)
            guard let paths = FileManager.default.enumerator(atPath: start.path) else { return [] }
            return try paths.compactMap { $0 as? String }
                .filter { path in endings.contains { path.hasSuffix(".\($0)") } && !path.contains(".build/") }
                .sorted()
                .map { ("\(folder)/\($0)", try String(contentsOf: start.appending(path: $0), encoding: .utf8)) }
        }
    }

    private func check(_ folders: [String], endings: [String] = ["swift"], _ rule: Rule) throws {
        let violations = try Self.files(in: folders, endings: endings).flatMap { rule($0.0, $0.1) }
        for violation in violations { Issue.record("\(violation)") }
    }

    private let code = ["Sources", "Benchmarks"]
    private let all = ["Sources", "Benchmarks", "Tests"]

    @Test func `the rules see the sources`() throws {
        let targets = Set(try Self.files(in: code).compactMap { Rules.target(of: $0.0) })
        #expect(targets.isSuperset(of: ["martlet", "MartletClient", "MartletServer", "MartletBroker"]))
    }

    @Test func `every target is in the import table`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path)
        #expect(folders.filter { ImportTable.own[$0] == nil && !$0.hasPrefix(".") } == [])
    }

    @Test func `imports follow the table`() throws { try check(code, Rules.imports) }
    @Test func `files are short`() throws { try check(code, Rules.fileLength) }
    @Test func `functions are short`() throws { try check(code, Rules.functionLength) }
    @Test func `lines are short`() throws { try check(all, Rules.lineLength) }
    @Test func `no call hides a fault`() throws { try check(code, Rules.bannedCalls) }
    @Test func `what is unsafe says why it is safe`() throws { try check(code, Rules.safety) }
    @Test func `open work has an issue`() throws { try check(all, Rules.openWork) }
    @Test func `the core is pure`() throws { try check(code, Rules.purity) }
    @Test func `bytes of a message are read while it lives`() throws { try check(code, Rules.fields) }
    @Test func `times of C stand where they compile`() throws { try check(code, Rules.times) }
    @Test func `there is one kind of lock`() throws { try check(all, Rules.locks) }
    @Test func `the core walks nothing in the order of a hash table`() throws { try check(code, Rules.order) }
    @Test func `files are named by what they hold`() throws { try check(all, Rules.fileName) }

    @Test func `a file has one main type`() throws { try check(["Sources"], Rules.mainType) }
    @Test func `comments are plain English`() throws { try check(all, Rules.plainWords) }

    @Test func `a name means one thing, and folders are rooms`() throws {
        let files = try Self.files(in: ["Sources"])
        let violations = Rules.names(of: files) + Rules.folders(of: files.map(\.0))
        for violation in violations { Issue.record("\(violation)") }
    }

    @Test func `every file has the licence header`() throws {
        try check(all, endings: ["swift", "c", "h"], Rules.header)
        try check(["config"], endings: ["yaml"], Rules.header)
    }

    @Test func `every article begins with its title`() throws { try check(["Sources"], endings: ["md"], Rules.article) }
}
