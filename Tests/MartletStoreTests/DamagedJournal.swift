// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel

@testable import MartletStore

/// The files of a store as they are when its process is killed: the tree has some batches, the journal all of them, in
/// two segments.
struct DamagedJournal {
    /// What a start makes of the files.
    enum Outcome: Equatable {
        /// All batches are there.
        case whole
        /// All but the last, and that is told.
        case cut
        /// It is refused, in words that name the journal.
        case refused
        /// Something is not there, and nothing was said.
        case silent(String)
    }

    /// A record of the journal.
    struct Place {
        var segment: Int
        var offset: Int
        var size: Int
    }

    /// Batches that the tree has.
    private static let inTree = 10
    private static let batches = 80
    private static let bytes = 60_000

    private(set) var files: [String: [UInt8]] = [:]
    /// The records, in order.
    private(set) var records: [Place] = []
    /// The end mark of the first segment.
    private(set) var endMark = Place(segment: 0, offset: 0, size: JournalRecord.headerSize)

    /// Makes a store and takes its files while it is open.
    init() throws {
        let folder = Self.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try DiskStore(folder: folder, options: Self.options)
        _ = try store.load()
        for index in 1...UInt64(Self.batches) {
            let record = StateRecord(
                space: "s", key: [UInt8(index)], version: 1, time: 5, expires: nil,
                value: [UInt8](repeating: UInt8(index), count: Self.bytes))
            let batch = StoreBatch(
                index: index, time: 0,
                operations: index == 1 ? [.setIDKey(7)] : [.putRow(record.row, replacing: nil)])
            try store.commit(batch)
            if index == Self.inTree { try store.writeBackAll() }
        }
        for name in StoreFiles.parts where Folder.exists(folder + "/" + name) {
            files[name] = Array(try Data(contentsOf: URL(filePath: folder + "/" + name)))
        }
        withExtendedLifetime(store) {}
        for segment in 0..<2 { look(at: segment) }
    }

    private static func newFolder() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(UUID().uuidString)").path
    }

    private static var options: DiskStoreOptions {
        var options = DiskStoreOptions.small()
        options.usesLog = true
        return options
    }

    private mutating func look(at segment: Int) {
        (files[StoreFiles.journalName(segment)] ?? []).withUnsafeBytes { bytes in
            guard case .header(let header) = JournalHeader.look(bytes) else { return }
            var walk = JournalWalk(bytes, header)
            while let record = walk.next() {
                records.append(
                    Place(segment: segment, offset: walk.lastPlace, size: JournalRecord.headerSize + record.size))
            }
            if walk.follower != nil { endMark.offset = walk.place }
        }
    }

    /// Changes a byte.
    mutating func flip(_ offset: Int, of segment: Int, bit: UInt8 = 1) {
        files[StoreFiles.journalName(segment)]?[offset] ^= bit
    }

    /// Changes a segment.
    mutating func change(_ segment: Int, _ body: (inout [UInt8]?) -> Void) {
        body(&files[StoreFiles.journalName(segment)])
    }

    /// The journal alone.
    func withoutData() -> DamagedJournal {
        var journal = self
        journal.files[StoreFiles.data] = nil
        return journal
    }

    /// Starts on the files.
    func start() throws -> Outcome {
        let folder = Self.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: folder + "/" + name)) }
        do {
            let store = try DiskStore(folder: folder, options: Self.options)
            _ = try store.load()
            let last = UInt64(Self.batches)
            guard store.applied == last || store.applied == last - 1 && store.recovery.isCut else {
                return .silent("\(last - store.applied) batches are not there, \(store.recovery)")
            }
            for index in 2...UInt8(store.applied) {
                guard try store.row(.state, key: StateRecord.rowKey(space: "s", key: [index])) != nil else {
                    return .silent("batch \(index) is not there")
                }
            }
            return store.applied == last ? .whole : .cut
        } catch {
            return error.description.contains("journal") ? .refused : .silent("it is refused with '\(error)'")
        }
    }
}
