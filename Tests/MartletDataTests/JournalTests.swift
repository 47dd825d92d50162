// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletData
@testable import MartletStore

/// What was confirmed last lies in the journal alone: all commands have it, or say why not.
struct JournalTests {
    let folder: DataFolder

    init() throws {
        folder = try DataFolder(isWrittenBack: false)
    }

    private var journal: String { "data/journal.0" }

    /// Flips a bit of the journal, in the block of that number; the header is the first.
    private func damage(block: Int) throws {
        try folder.change(journal) { $0[block * 4_096 + 30] ^= 1 }
    }

    @Test func `the look at a folder says what the journal has and the data file lacks, and changes nothing`() throws {
        let found = try Verification.run(folder: folder.data)
        #expect(found.isClean && found.messages == 0)
        #expect(found.journal == Recovery(batches: 2, isCut: false))
        #expect(found.words.contains("last batch 0, and 2 more in the journal\n"))
        #expect(found.json.contains(#""journalBatches":2,"journalCut":false"#))
        #expect(try Verification.run(folder: folder.data).journal?.batches == 2)
    }

    @Test func `a backup has what was in the journal alone`() throws {
        let report = try folder.backup()
        #expect(report.trailer.batch == 2 && report.findings.messages == 200)
        #expect(report.findings.journal == nil)
        #expect(try folder.restore().messages == 200)
        let found = try Verification.run(folder: folder.data)
        #expect(found.messages == 200 && found.journal?.batches == 0)
    }

    @Test func `an export has what was in the journal alone, and so has its import`() throws {
        let report = try folder.export()
        #expect(report.messages == 200 && report.lost.isEmpty)
        #expect(try folder.restoreLines().messages == 200)
        #expect(folder.names(folder.file("imported")) == ["data.mdb", "journal.0", "martlet.lock"])
        let store = try DiskStore(folder: folder.file("imported"))
        #expect(try store.load().topics.first?.next == 201)
        try store.commit(StoreBatch(index: 3, time: 7, operations: []))
    }

    @Test func `a compacted file has what was in the journal alone, and the journal goes on behind it`() throws {
        _ = try Compaction.run(folder: folder.data)
        let found = try Verification.run(folder: folder.data)
        #expect(found.isClean && found.messages == 200 && found.journal?.batches == 0)
        for index: UInt64 in 3...4 {
            let store = try DiskStore(folder: folder.data)
            #expect(try store.load().applied == index - 1)
            #expect(try store.commit(StoreBatch(index: index, time: 7, operations: [])) == .durable)
        }
        #expect(try Verification.run(folder: folder.data).journal?.batches == 1)
    }

    @Test func `a broker that uses the folder is waited for until it has written its tree`() throws {
        var lock: FolderLock? = try FolderLock(folder: folder.data)
        var pauses = 0
        let snapshot = try StoreSnapshot.upToDate(folder: folder.data) {
            pauses += 1
            guard pauses == 3 else { return true }
            lock = nil
            try? DiskStore(folder: folder.data).writeBackAll()
            lock = try? FolderLock(folder: folder.data)
            return true
        }
        #expect(pauses == 3 && snapshot.applied.index == 2)
        withExtendedLifetime(lock) {}
    }

    @Test func `a broker that does not write its tree is told`() throws {
        let lock = try FolderLock(folder: folder.data)
        let error = #expect(throws: StoreError.self) {
            _ = try StoreSnapshot.upToDate(folder: folder.data) { false }
        }
        #expect(error?.code == .failed && error?.message.contains("batch 2 is not there") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func `a broker that goes away while it is waited for is stood in for`() throws {
        var lock: FolderLock? = try FolderLock(folder: folder.data)
        let snapshot = try StoreSnapshot.upToDate(folder: folder.data) {
            lock = nil
            return true
        }
        #expect(snapshot.applied.index == 2 && lock == nil)
    }

    @Test func `a batch at the end that is not whole is told, and is no damage`() throws {
        try damage(block: 2)
        let found = try Verification.run(folder: folder.data)
        #expect(found.isClean && found.journal == Recovery(batches: 1, isCut: true))
        #expect(found.words.contains("1 more in the journal\nthe journal ends in a batch that is not whole"))
        #expect(found.json.contains(#""journalBatches":1,"journalCut":true"#))
        #expect(try folder.backup().trailer.batch == 1)
    }

    /// What all commands say of a journal that cannot be had.
    private func expectRefused(_ code: DataError.Code, _ words: String) throws {
        let found = try Verification.run(folder: folder.data)
        #expect(!found.isClean && found.damageCount == 1)
        #expect(found.words.hasPrefix("journal: ") && found.words.contains(words), "\(found.words)")
        #expect(found.json.contains(#""kind":"journal""#))
        let backup = folder.refusal { try folder.backup() }
        #expect(backup?.code == code && backup?.description.contains(words) == true, "\(String(describing: backup))")
        #expect(folder.refusal { _ = try Compaction.run(folder: folder.data) }?.code == .damaged)
        let start = #expect(throws: StoreError.self) { _ = try DiskStore(folder: folder.data) }
        #expect(start?.message.contains(words) == true, "\(String(describing: start))")
        // What the data file has can be saved all the same.
        let export = try folder.export()
        #expect(export.lost.count == 1 && export.lost.first?.contains(words) == true)
        #expect(try folder.restoreLines().messages == UInt64(export.messages))
    }

    @Test func `a batch that cannot be read before others is damage`() throws {
        try damage(block: 1)
        try expectRefused(.damaged, "the journal is damaged: batches 1 to 1,")
    }

    @Test func `a journal whose header cannot be read is damage`() throws {
        try damage(block: 0)
        try expectRefused(.damaged, "none of its segments can be read")
    }

    @Test func `a data file without its journal is damage`() throws {
        try FileManager.default.removeItem(atPath: folder.file(journal))
        try expectRefused(.refused, "has lost its journal")
    }

    @Test func `a journal of another data file is damage`() throws {
        let other = try DataFolder(messages: 1)
        try FileManager.default.removeItem(atPath: folder.file(journal))
        try FileManager.default.copyItem(atPath: other.file(journal), toPath: folder.file(journal))
        try expectRefused(.refused, "belongs to another data file")
    }

    @Test func `a restored folder goes on with a journal of its own`() throws {
        try folder.backup()
        _ = try folder.restore()
        for index: UInt64 in 3...4 {
            let store = try DiskStore(folder: folder.file("restored"))
            #expect(try store.load().applied == index - 1)
            #expect(try store.commit(StoreBatch(index: index, time: 7, operations: [])) == .durable)
        }
    }

    @Test func `a backup of a store that had no journal is restored, and gets one with its start`() throws {
        let old = try DataFolder()
        try old.setSchema(3, in: "data/data.mdb")
        for number in 0..<8 { try? FileManager.default.removeItem(atPath: old.data + "/journal.\(number)") }
        #expect(try old.backup().trailer.schema == 3)
        #expect(try old.restore().messages == 200)
        let restored = old.file("restored")
        #expect(old.names(restored) == ["data.mdb", "martlet.lock"])
        #expect(try Verification.run(folder: restored).journal == nil)
        #expect(try DiskStore(folder: restored).load().topics.first?.next == 201)
        #expect(try Verification.run(folder: restored).journal == Recovery(batches: 0, isCut: false))
    }

    @Test(arguments: ["restore", "import"])
    func `a copy that was killed between the journal and the data file is told, and made again`(name: String) throws {
        try folder.backup()
        _ = try folder.export()
        func copy() throws -> UInt64 {
            try name == "import" ? folder.restoreLines(to: "new").messages : folder.restore(to: "new").messages
        }
        #expect(try copy() == 200)
        let new = folder.file("new")
        try FileManager.default.createDirectory(atPath: new + "/copy.new", withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: new + "/data.mdb", toPath: new + "/copy.new/data.mdb")
        let start = #expect(throws: StoreError.self) { _ = try DiskStore(folder: new) }
        #expect(start?.code == .folder && start?.message.contains("was cut short") == true)
        #expect(folder.refusal { _ = try Verification.run(folder: new) }?.description.contains("cut short") == true)
        // An import was killed while it made its data file.
        try FileManager.default.createDirectory(atPath: new + "/copy.new/data.new", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(filePath: new + "/copy.new/data.new/journal.0"))
        #expect(try copy() == 200)
        #expect(folder.names(new) == ["data.mdb", "journal.0", "martlet.lock"])
        #expect(try DiskStore(folder: new).load().topics.first?.next == 201)
    }

    @Test func `a journal with batches and no data file is not written over`() throws {
        try folder.backup()
        let new = folder.file("new")
        try FileManager.default.createDirectory(atPath: new, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder.file(journal), toPath: new + "/journal.0")
        let error = folder.refusal { _ = try folder.restore(to: "new") }
        #expect(error?.code == .refused && error?.description.contains("it has 'journal.0'") == true)
        #expect(folder.names(new).contains("journal.0"))
    }
}
