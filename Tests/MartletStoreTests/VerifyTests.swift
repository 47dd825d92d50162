// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import LMDB
@testable import MartletStore

/// Damage of each kind is found and named, and nothing else is.
struct VerifyTests {
    private typealias Own = VerifiedStore
    private let store: VerifiedStore

    init() throws {
        store = try VerifiedStore()
    }

    private func due(_ kind: UInt8, _ owner: UInt64, _ time: UInt64, _ id: UInt64) -> [UInt8] {
        [kind] + logKey(owner, time) + logKey(id, 0).prefix(8)
    }

    /// Changes the file and gives what was found: each damage as kind, table and offsets.
    private func damages(_ body: (borrowing WriteTransaction) throws -> Void) throws -> [String] {
        try store.disk.tamper(body)
        return try words(store.report())
    }

    private func words(_ report: VerifyReport) -> [String] {
        report.damages.map { damage in
            let offsets = damage.offsets.map { " \($0.lowerBound)-\($0.upperBound)" } ?? ""
            #expect(!damage.meaning.isEmpty && !damage.what.isEmpty)
            return "\(damage.kind) \(damage.table)\(offsets)"
        }
    }

    @Test func `a store with something of everything is clean`() throws {
        let report = try store.report()
        #expect(words(report) == [])
        #expect(report.isClean)
        #expect((report.topics, report.subscriptions, report.messages) == (1, 1, 781))
        #expect(report.pages?.orphans == 0)
        #expect(report.pages.map { $0.all > $0.free && $0.free > 0 } == true)
    }

    @Test func `a file that does not say which journal is its own is named`() throws {
        #expect(try damages { try $0.remove(Array("journal".utf8), in: "meta") } == ["row meta"])
    }

    @Test func `a flipped bit in a pack loses its messages, which are named`() throws {
        #expect(
            try damages { try $0.change(logKey(Own.topic, 42), in: "log") { $0[60] ^= 1 } } == ["messages log 42-61"])
    }

    @Test func `a damaged last pack, a missing one and a missing piece are named`() throws {
        let found = try damages { transaction in
            try transaction.change(logKey(Own.topic, 762), in: "log") { $0[60] ^= 1 }
            try transaction.remove(logKey(Own.topic, 82), in: "log")
            try transaction.remove(logKey(Own.topic, 41, piece: 2), in: "log")
        }
        #expect(found.contains("messages log 82-101"))
        #expect(found.contains("messages log 41-41"))
        #expect(found.contains { $0.hasPrefix("messages log 762-") })
    }

    @Test(
        arguments: [
            ("topics", logKey(VerifiedStore.topic, 0).dropLast(8), "row topics"),
            ("subscriptions", logKey(1, 0).dropLast(8), "row subscriptions"),
            ("acks", logKey(1, 0)[...], "row acks 0-4095"), ("deferred", logKey(1, 8)[...], "row deferred 8-8"),
            ("endings", logKey(1, 4)[...], "row endings 4-4"), ("losses", logKey(1, 2)[...], "row losses 2-2"),
            ("dedup", logKey(VerifiedStore.topic, 1)[...], "row dedup"),
            ("processes", logKey(VerifiedStore.topic, 2)[...], "row processes"),
            ("state", [1, 115, 107, 0, 0, 2], "row state"), ("outcomes", [116, 0, 0, 0], "row outcomes"),
        ] as [(String, ArraySlice<UInt8>, String)])
    func `a flipped bit in a row is told with its table`(table: String, key: ArraySlice<UInt8>, words: String) throws {
        #expect(try damages { try $0.change(Array(key), in: table) { $0[0] ^= 1 } }.contains(words))
    }

    @Test func `counters that do not say what there is are told`() throws {
        var row = StoredSubscription(
            id: 1, topic: Own.topic, name: "billing", settings: .init(), floor: 3)
        (row.settledAbove, row.deferredRows, row.parked, row.losses) = (3, 1, 0, 2)
        try store.disk.commit(.putSubscription(row))
        let report = try store.report()
        #expect(words(report) == Array(repeating: "counter subscriptions", count: 4))
        #expect(report.damages.allSatisfy { $0.subscription == "billing" && $0.topic == "orders" })
    }

    @Test func `the index of due times is held against the rows`() throws {
        let found = try damages { transaction in
            try transaction.remove(self.due(DueKind.returned, 1, 700, 8), in: "due")
            let table = try transaction.table(named: "due")
            for key in [
                self.due(DueKind.returned, 1, 700, 20), self.due(DueKind.returned, 9, 1, 1),
                self.due(DueKind.parked, 1, 5, 0), self.due(DueKind.expiring, Own.topic, 9, 5_000),
            ] {
                try key.withUnsafeBytes { key in
                    try withUnsafeBytes(of: UInt8(1)) { try transaction.put(key, $0, in: table) }
                }
            }
        }
        #expect(Set(found) == ["index due 8-8", "index due 20-20", "index due 5-5", "stray due"])
        #expect(found.count == 5)
    }

    @Test func `the end of a record that is missing in the index is told`() throws {
        let end = [KeyedRow.Table.scheduled.rawValue] + logKey(600, Own.topic) + logKey(600, 1 << 20)
        #expect(try damages { try $0.remove(end, in: "due") } == ["index due"])
    }

    @Test func `an id that names no scheduled message is told`() throws {
        let key = logKey(Own.topic, 0).prefix(8) + Array("later".utf8) + [0, 0, 0]
        #expect(try damages { try $0.remove(Array(key), in: "scheduledIDs") } == ["index scheduledIDs"])
    }

    @Test func `rows that belong to nothing are told`() throws {
        try store.disk.commit(
            .putChunk(position: 77, chunk: 0, words: nil),
            .rememberIDs(topic: 3, ids: [MessageID(hash: 5, offset: 1, sum: 1, time: 1)]))
        #expect(try words(store.report()) == ["stray acks", "stray dedup"])
    }

    @Test func `a sweep that goes on is no damage`() throws {
        try store.disk.commit(.removeSubscription(id: 1, position: 1), .removeTopic(id: Own.topic))
        #expect(try words(store.report()) == [])
    }
}

/// Damage of pages.
struct VerifyPagesTests {
    private let store: VerifiedStore

    init() throws {
        store = try VerifiedStore()
    }

    private func change(_ body: (inout [UInt8], FileImage) throws -> Void) throws -> VerifyReport {
        store.disk.close()
        let image = try FileImage(path: store.path)
        try image.readTables({ _, _ in }, fault: { _ in })
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: store.path)))
        try body(&bytes, image)
        try Data(bytes).write(to: URL(fileURLWithPath: store.path))
        return try store.report()
    }

    /// The child of a branch page.
    private func child(_ index: Int, of page: UInt64, _ image: FileImage) throws -> UInt64 {
        let bytes = try image.file.read(4_096, at: Int(page) * 4_096)
        return try TreePage.children(bytes, number: page)[index]
    }

    @Test func `a page of the log that was written over is named, with the offsets that it held`() throws {
        var page: UInt64 = 0
        let report = try change { bytes, image in
            let tree = try #require(image.trees["log"])
            page = try child(3, of: tree.root, image)
            for place in 0..<4_096 { bytes[Int(page) * 4_096 + place] = UInt8(truncatingIfNeeded: place &* 7) }
        }
        let damage = try #require(report.damages.first { $0.kind == .page })
        #expect(damage.page == page && damage.table == "log" && damage.topic == "orders")
        let lost = try #require(report.damages.first { $0.kind == .messages }?.offsets)
        #expect(damage.offsets?.contains(lost.lowerBound) == true)
        #expect(report.pages == nil)
    }

    @Test func `a page that belongs to nothing, and one that is free and in use, are told`() throws {
        let report = try change { bytes, image in
            // One page less in the first record of the list of free pages.
            let page = Int(image.head.free.root) * 4_096
            let node = Int(bytes[page + 16]) | Int(bytes[page + 17]) << 8
            bytes[page + node + 16] -= 1
        }
        #expect(report.damages.map(\.kind) == [.orphan])
        #expect(report.pages?.orphans == 1)
        let other = try change { bytes, image in
            let page = Int(image.head.free.root) * 4_096
            let node = Int(bytes[page + 16]) | Int(bytes[page + 17]) << 8
            let log = try #require(image.trees["log"]).root
            for place in 0..<8 { bytes[page + node + 24 + place] = UInt8(truncatingIfNeeded: log >> UInt64(8 * place)) }
        }
        #expect(other.damages.contains { $0.kind == .page && $0.what.contains("which is in use") })
    }

    @Test func `a file that was cut off is told, and what is left is read`() throws {
        let report = try change { bytes, _ in bytes.removeLast(bytes.count / 8192 / 2 * 4_096) }
        #expect(!report.isClean)
        #expect(report.damages.contains { $0.kind == .page })
    }

    @Test func `heads that are none are refused`() throws {
        store.disk.close()
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: store.path)))
        for place in 0..<8_192 { bytes[place] = 1 }
        try Data(bytes).write(to: URL(fileURLWithPath: store.path))
        let error = try #require(throws: StoreError.self) { try StoreSnapshot(file: store.path) }
        #expect(error.code == .damaged)
    }

    @Test(arguments: UInt64(1)...40)
    func `whatever is damaged, the look at it ends`(seed: UInt64) throws {
        var numbers = SystemlessNumbers(seed)
        _ = try? change { bytes, _ in
            for _ in 0..<8 { bytes[8_192 + numbers.next(bytes.count - 8_192)] ^= UInt8(1 << numbers.next(8)) }
        }
    }
}

/// Numbers that follow from a seed.
private struct SystemlessNumbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
