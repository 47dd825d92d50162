// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletStore

/// A journal in a folder of its own, which can be opened again and damaged.
final class TestJournal {
    static let identity: UInt64 = 0x1234_5678_9ABC_DEF0
    let folder: String
    private(set) var journal: Journal
    /// What was appended.
    private(set) var written: [[UInt8]] = []

    init(next: UInt64 = 1) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Journal.make(in: folder, identity: Self.identity, next: next)
        journal = try Self.open(folder, applied: next - 1).journal
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func open(_ folder: String, applied: UInt64) throws -> (journal: Journal, isCut: Bool) {
        let files = try JournalFiles(folder: folder, identity: identity, applied: applied)
        return (try Journal(files, folder: folder, identity: identity), files.isCut)
    }

    /// Opens it as a start does whose tree has the batches up to one, and tells whether its end was cut off.
    @discardableResult
    func reopen(applied: UInt64 = 0) throws -> Bool {
        let opened = try Self.open(folder, applied: applied)
        journal = opened.journal
        return opened.isCut
    }

    /// A batch whose one record has so many bytes of content.
    func batch(_ index: UInt64, bytes: Int = 100) -> StoreBatch {
        let value = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: bytes)
        return StoreBatch(
            index: index, time: index * 10,
            operations: [.putRow(KeyedRow(table: .state, key: [1], value: value, expiresAt: nil), replacing: nil)])
    }

    /// Appends the next batch, and tells whether that went well.
    @discardableResult
    func append(bytes: Int = 100) -> Bool {
        let batch = batch(journal.next, bytes: bytes)
        guard case .committed = journal.append(batch) else { return false }
        written.append(batch.bytes)
        return true
    }

    /// The batches from an index on, as bytes.
    func batches(from index: UInt64) throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        try journal.read(from: index) { found.append($0.bytes) }
        return found
    }

    /// The segments that there are.
    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    func url(_ number: Int) -> URL { URL(fileURLWithPath: StoreFiles.journal(number, in: folder)) }

    /// Changes the bytes of a segment.
    func tamper(_ number: Int = 0, _ body: (inout [UInt8]) -> Void) throws {
        var bytes = Array(try Data(contentsOf: url(number)))
        body(&bytes)
        // In place: the journal that is open has the file too.
        let file = try FileHandle(forWritingTo: url(number))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }
}
