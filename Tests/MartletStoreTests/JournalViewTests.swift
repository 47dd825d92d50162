// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import MartletStore

/// A look at a journal from outside: it says what a start would, and takes nothing that goes on for damage.
struct JournalViewTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("view-\(UUID().uuidString)").path

    /// Commits batches of so many bytes, which all go to the journal; more than one segment when they are many.
    private func fill(_ store: DiskStore, _ log: inout TestLog, batches: Int, bytes: Int = 200_000) throws {
        for _ in 0..<batches {
            let index = store.applied + 1
            try #require(
                store.commit(
                    StoreBatch(index: index, time: index, operations: [.append(log.segment([body(bytes)]))]))
                    == .durable)
        }
    }

    private func makeStore() throws -> (DiskStore, TestLog) {
        let store = try DiskStore(folder: folder)
        _ = try store.load()
        let topic = StoredTopic(id: TopicID.ordinary + 1, name: "t", settings: TopicSettings())
        try store.commit(StoreBatch(index: 1, time: 1, operations: [.setIDKey(7), .putTopic(topic)]))
        return (store, TestLog(topic.id))
    }

    private func identity() throws -> UInt64 {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + "/journal.0")).prefix(JournalHeader.size))
        guard case .header(let header) = bytes.withUnsafeBytes({ JournalHeader.look($0) }) else {
            throw StoreError(.damaged, "the test's journal has no header")
        }
        return header.use.identity
    }

    @Test func `segments that are used again while they are looked at are no damage`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var (store, log) = try makeStore()
        let identity = try identity()
        var view = try JournalView(folder: folder)
        #expect(view.last == 1)
        // Each round writes more than a segment, and the tree is behind by none, some or many batches.
        for round in 1...12 {
            try fill(store, &log, batches: 23)
            #expect(view.fault(of: identity, behind: store.committed) == nil)
            view = try JournalView(folder: folder)
            #expect(view.last == store.applied)
            #expect(view.lacking(behind: store.committed).batches == Int(store.applied - store.committed))
            if !round.isMultiple(of: 3) { try store.writeBackAll() }
            #expect(view.fault(of: identity, behind: store.committed) == nil)
        }
        // It has come round.
        #expect(FileManager.default.fileExists(atPath: folder + "/journal.2"))
        #expect(!FileManager.default.fileExists(atPath: folder + "/journal.7"))
    }

    @Test func `batches that went to the tree are not missed in the journal`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var (store, log) = try makeStore()
        try fill(store, &log, batches: 2)
        let large = StoreBatch(index: 4, time: 4, operations: [.append(log.segment([body(2 << 20)]))])
        #expect(try store.commit(large) == .committed)
        try fill(store, &log, batches: 2, bytes: 1_000)
        let view = try JournalView(folder: folder)
        #expect(view.last == 6 && store.committed == 4)
        #expect(view.fault(of: try identity(), behind: store.committed) == nil)
        #expect(view.lacking(behind: store.committed) == Recovery(batches: 2, isCut: false))
    }

    /// How a damage is done: a bit of a block of a segment is flipped, or the segment removed.
    private func expectAgreement(_ name: String, block: Int?, identity: UInt64) throws -> Bool {
        let copy = folder + "-copy"
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        if let block {
            let file = try FileHandle(forUpdating: URL(filePath: copy + "/" + name))
            try file.seek(toOffset: UInt64(block * 4_096 + 20))
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: UInt64(block * 4_096 + 20))
            try file.write(contentsOf: Data([byte ^ 4]))
            try file.close()
        } else {
            try FileManager.default.removeItem(atPath: copy + "/" + name)
        }
        let view = try JournalView(folder: copy)
        let fault = view.fault(of: identity, behind: 0)
        let what = "\(name), block \(block.map(String.init) ?? "all")"
        do {
            let store = try DiskStore(folder: copy)
            #expect(fault == nil, "\(what): a start takes it, and the look says \(String(describing: fault))")
            #expect(view.lacking(behind: 0) == store.recovery, "\(what)")
        } catch {
            #expect(fault?.code == error.code, "\(what): a start says \(error)")
        }
        return fault != nil
    }

    @Test func `the look finds what a start finds, wherever the damage is`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            var (store, log) = try makeStore()
            // Two segments, the second begun.
            try fill(store, &log, batches: 24)
        }
        let identity = try identity()
        var faults = 0
        var looks = 0
        for name in ["journal.0", "journal.1"] {
            // A batch has 50 blocks: some of its header's, some of its content, and those behind the last one.
            let blocks = [0, 1, 2] + Array(stride(from: 10, to: 200, by: 17))
            for block in [nil] + blocks.map(Optional.init) {
                if try expectAgreement(name, block: block, identity: identity) { faults += 1 }
                looks += 1
            }
        }
        #expect(faults > 10 && faults < looks, "\(faults) of \(looks)")
    }
}
