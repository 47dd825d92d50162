// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletData
import MartletModel
import MartletStore
import Testing

@testable import MartletBroker

/// What random lives leave in a store is clean, and comes back from an export and a backup as it was.
struct LifeDataTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("life-\(UUID().uuidString)").path

    private func withFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    /// Applies the batches of a life to a store on disk.
    private func ship(_ batches: [[UInt8]], to folder: String) throws {
        let store = try DiskStore(folder: folder)
        _ = try store.load()
        try store.commit(StoreBatch(index: 1, time: 0, operations: [.setIDKey(MemoryStore.idKey)]))
        for bytes in batches {
            var batch = try StoreBatch(bytes: bytes)
            batch.index += 1
            try store.commit(batch)
        }
    }

    /// All that a store can be asked, but where its packs begin.
    private func answers(_ folder: String) throws -> [String] {
        let store = try DiskStore(folder: folder)
        _ = try store.load()
        return try Answers(store).lines.filter { line in
            !["total ", "before "].contains { line.hasPrefix($0) }
        }
    }

    private func check(_ batches: [[UInt8]], _ place: Comment) throws {
        try withFolder {
            let original = folder + "/original"
            try ship(batches, to: original)
            let findings = try Verification.run(folder: original)
            #expect(findings.isClean, "\(place): \(findings.words)")
            let lines = folder + "/lines"
            let report = try Export.run(
                folder: original, topics: [], to: .file(path: lines, replacing: false), martlet: "test", time: 1)
            #expect(report.lost.isEmpty, place)
            let file = open(lines, O_RDONLY)
            defer { close(file) }
            let imported = folder + "/imported"
            let found = try Import.run(from: file, named: "lines", folder: imported)
            #expect(found.lines == report.lines, place)
            #expect(try Verification.run(folder: imported).isClean, place)
            let (left, right) = (try answers(original), try answers(imported))
            #expect(left.count == right.count, place)
            for (left, right) in zip(left, right) where left != right {
                Issue.record("\(place): exported \(left.prefix(300)), imported \(right.prefix(300))")
                break
            }
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `a random life leaves a clean store, and an export of it makes the same`(seed: UInt64) throws {
        var life = try Life(seed: seed)
        for _ in 0..<200 { #expect(try life.turn() == nil) }
        try check(life.harness.store.contents.batches, "seed \(seed)")
    }

    @Test func `lives with every feature leave clean stores, and exports of them make the same`() throws {
        for seed in UInt64(1)...30 {
            let plan = AccountPlan(seed: seed, count: 60)
            let life = try AccountLife(plan.setup)
            for step in plan.steps { try life.take(step) }
            try check(life.harness.store.contents.batches, "seed \(seed)")
        }
    }
}
