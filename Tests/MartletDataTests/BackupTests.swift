// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletStore
import Testing

@testable import MartletData

/// Backups are whole or refused, and never replace anything by themselves.
struct BackupTests {
    let folder: DataFolder

    init() throws {
        folder = try DataFolder()
    }

    @Test func `a backup that is restored is the same store`() throws {
        let report = try folder.backup()
        #expect(report.trailer.batch == 2 && report.trailer.batchTime == 6 && report.trailer.schema == 4)
        #expect(report.findings.messages == 200 && report.findings.isClean)
        let findings = try folder.restore()
        #expect((findings.topics, findings.subscriptions, findings.messages) == (1, 1, 200))
        #expect(folder.names(folder.file("restored")) == ["data.mdb", "journal.0", "martlet.lock"])
        let store = try DiskStore(folder: folder.file("restored"))
        let state = try store.load()
        #expect(state.applied == 2 && state.time == 6 && state.topics.first?.next == 201)
    }

    @Test func `a backup is a data file itself, and says what it holds at its end`() throws {
        try folder.backup()
        let (trailer, findings) = try Verification.run(file: folder.file("backup"))
        #expect(trailer?.martlet == "test" && trailer?.parts.map(\.name) == ["data.mdb"])
        #expect(findings.isClean)
        try FileManager.default.removeItem(atPath: folder.data + "/data.mdb")
        try FileManager.default.copyItem(atPath: folder.file("backup"), toPath: folder.data + "/data.mdb")
        let store = try DiskStore(folder: folder.data)
        #expect(try store.load().topics.first?.next == 201)
    }

    @Test func `a file that is there is not replaced unless that is said`() throws {
        try folder.backup()
        #expect(folder.refusal { try folder.backup() }?.code == .refused)
        try folder.backup(replacing: true)
        #expect(folder.names(folder.path) == ["backup", "data"])
    }

    @Test func `a folder without a store is refused and stays as it was`() throws {
        let error = folder.refusal {
            _ = try Backup.run(
                folder: folder.file("none"), to: .file(path: folder.file("b"), replacing: false), martlet: "t", time: 1)
        }
        #expect(error?.code == .refused)
        #expect(folder.names(folder.path) == ["data"])
    }

    @Test func `a damaged store gives no backup`() throws {
        try folder.damageMessage()
        let error = folder.refusal { try folder.backup() }
        #expect(error?.code == .damaged)
        #expect(folder.names(folder.path) == ["data"])
    }

    @Test(arguments: [1, 20, 4_096, 20_000])
    func `a backup that was cut off is refused`(missing: Int) throws {
        try folder.backup()
        try folder.change("backup") { $0.removeLast(missing) }
        #expect(folder.refusal { _ = try folder.restore() }?.code == .damaged)
        #expect(!folder.names(folder.file("restored")).contains("data.mdb"))
    }

    @Test(arguments: [0.1, 0.5, 0.9, 0.9999])
    func `a flipped bit anywhere is found before the folder can be used`(place: Double) throws {
        try folder.backup()
        try folder.change("backup") { $0[Int(Double($0.count) * place)] ^= 4 }
        #expect(folder.refusal { _ = try folder.restore() }?.code == .damaged)
        #expect(folder.names(folder.file("restored")) == ["martlet.lock"])
    }

    @Test func `what is left of a restore that was cut short is told by all, and restored over`() throws {
        try folder.backup()
        let copy = folder.file("restored/copy.new")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        // An import has a store of its own there.
        for name in ["data.mdb", "lock.mdb", "martlet.lock"] {
            try Data("x".utf8).write(to: URL(filePath: copy + "/" + name))
        }
        let words = "was cut short, and there is no data yet: run it again, or remove '\(copy)' to begin without data"
        let start = #expect(throws: StoreError.self) { _ = try DiskStore(folder: folder.file("restored")) }
        #expect(start?.code == .folder && start?.message.hasSuffix(words) == true)
        let others = [
            { _ = try Verification.run(folder: folder.file("restored")) },
            { _ = try Compaction.run(folder: folder.file("restored")) },
        ]
        for other in others {
            let error = folder.refusal(other)
            #expect(error?.code == .refused && error?.description.hasSuffix(words) == true)
        }
        #expect(try folder.restore().messages == 200)
        #expect(folder.names(folder.file("restored")) == ["data.mdb", "journal.0", "martlet.lock"])
        // Killed behind its last step it leaves an empty folder.
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        #expect(try DiskStore(folder: folder.file("restored")).load().topics.first?.next == 201)
        #expect(!folder.names(folder.file("restored")).contains("copy.new"))
    }

    @Test func `two commands do not write into one file`() throws {
        let first = try OutputFile(path: folder.file("b"), replacing: true)
        try first.write(Array("first".utf8))
        let error = folder.refusal { _ = try OutputFile(path: folder.file("b"), replacing: true) }
        #expect(error?.code == .locked && error?.description.contains("another command") == true)
        try first.commit()
        let second = try OutputFile(path: folder.file("b"), replacing: true)
        try second.write(Array("2".utf8))
        #expect(try String(contentsOfFile: folder.file("b"), encoding: .utf8) == "first")
        try second.commit()
        #expect(try String(contentsOfFile: folder.file("b"), encoding: .utf8) == "2")
        #expect(folder.names(folder.path) == ["b", "data"])
    }

    @Test func `a folder that holds anything is refused`() throws {
        try folder.backup()
        #expect(folder.refusal { _ = try folder.restore(to: "data") }?.code == .refused)
        #expect(try Verification.run(folder: folder.data).messages == 200)
    }

    @Test func `a full disk and a broken pipe are told`() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let error = folder.refusal {
            _ = try Backup.run(folder: folder.data, to: .descriptor(full), martlet: "t", time: 1)
        }
        #expect(error?.code == .io)
        #expect(error?.description.contains("No space left") == true)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        signal(SIGPIPE, SIG_IGN)
        close(ends[0])
        defer { close(ends[1]) }
        let broken = folder.refusal {
            _ = try Backup.run(folder: folder.data, to: .descriptor(ends[1]), martlet: "t", time: 1)
        }
        #expect(broken?.code == .io)
        #expect(broken?.description.contains("Broken pipe") == true)
    }
}

/// Files of another version, and files that are in use.
struct RefusedFolderTests {
    let folder: DataFolder

    init() throws {
        folder = try DataFolder()
    }

    @Test(arguments: [5, 250] as [UInt8])
    func `a store from a newer version is refused by all commands, with both versions`(version: UInt8) throws {
        try folder.setSchema(version, in: "data/data.mdb")
        let commands: [() throws -> Void] = [
            { try folder.backup() }, { _ = try Verification.run(folder: folder.data) },
            { _ = try Verification.run(file: folder.data + "/data.mdb") },
            { _ = try Compaction.run(folder: folder.data) },
            {
                _ = try Export.run(
                    folder: folder.data, topics: [], to: .file(path: folder.file("e"), replacing: false), martlet: "t",
                    time: 1)
            },
        ]
        for command in commands {
            let error = folder.refusal(command)
            #expect(error?.code == .schema)
            #expect(error?.description.contains("version \(version), and this martlet knows 4") == true)
            #expect(error?.description.contains("data.mdb") == true)
        }
        #expect(folder.names(folder.path) == ["data"])
    }

    @Test func `a backup of a newer version is refused by its name, with both versions`() throws {
        let trailer = try folder.backup().trailer
        try folder.change("backup") { bytes in
            var newer = trailer
            newer.schema = 5
            bytes.removeLast(trailer.bytes.count)
            bytes.append(contentsOf: newer.bytes)
        }
        let error = folder.refusal { _ = try folder.restore() }
        #expect(error?.code == .schema)
        #expect(error?.description.contains("'backup' has schema version 5") == true)
        #expect(error?.description.contains("knows 4") == true)
        #expect(!folder.names(folder.file("restored")).contains("data.mdb"))
    }

    @Test func `an older store is to be brought up by the broker first`() throws {
        try folder.setSchema(2, in: "data/data.mdb")
        let error = folder.refusal { try folder.backup() }
        #expect(error?.code == .schema)
        #expect(error?.description.contains("martlet serve") == true)
    }

    @Test func `a folder that a broker uses is not compacted`() throws {
        let lock = try FolderLock(folder: folder.data)
        #expect(folder.refusal { _ = try Compaction.run(folder: folder.data) }?.code == .locked)
        withExtendedLifetime(lock) {}
    }

    @Test func `a file that is read is not compacted, and one that is compacted is not read`() throws {
        var reader: ReaderLock? = try ReaderLock(folder: folder.data, exclusive: false)
        #expect(folder.refusal { _ = try Compaction.run(folder: folder.data) }?.code == .locked)
        withExtendedLifetime(reader) {}
        reader = nil
        reader = try ReaderLock(folder: folder.data, exclusive: true)
        #expect(folder.refusal { try folder.backup() }?.code == .locked)
        withExtendedLifetime(reader) {}
    }
}

/// A file is made shorter, and is used from then on.
struct CompactionTests {
    @Test func `a file with free pages becomes shorter and goes on`() throws {
        let folder = try DataFolder(messages: 60_000)
        do {
            let store = try DiskStore(folder: folder.data)
            var topic = try #require(try store.load().topics.first)
            topic.first = 50_001
            try store.commit(
                StoreBatch(
                    index: 3, time: 6, operations: [.putTopic(topic), .trim(topic: topic.id, first: 50_001)]))
            while store.hasGarbage { try store.sweep() }
        }
        let (before, after) = try Compaction.run(folder: folder.data)
        #expect(after < before / 2)
        #expect(folder.names(folder.data).contains("data.new") == false)
        let store = try DiskStore(folder: folder.data)
        let state = try store.load()
        #expect(state.applied == 3 && state.topics.first?.first == 50_001 && state.topics.first?.next == 60_001)
        try store.commit(StoreBatch(index: 4, time: 7, operations: []))
    }

    @Test func `a damaged file stays as it is`() throws {
        let folder = try DataFolder()
        try folder.damageMessage()
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.data + "/data.mdb"))
        #expect(folder.refusal { _ = try Compaction.run(folder: folder.data) }?.code == .damaged)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.data + "/data.mdb")) == before)
    }
}
