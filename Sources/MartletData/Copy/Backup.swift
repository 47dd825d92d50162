// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletStore

/// A copy of a store as of one moment, whether a broker uses it or not.
package enum Backup {
    /// Where it goes.
    package enum Destination {
        /// A file, which gets its name when it is whole, checked and on the disk.
        case file(path: String, replacing: Bool)
        /// An open pipe, socket or file.
        case descriptor(Int32)
    }

    /// What came of it.
    package struct Report: Sendable {
        /// What the backup says of itself.
        package var trailer: BackupTrailer
        /// Bytes that were written.
        package var bytes: Int
        /// Bytes by which the data file grew while its pages were kept from being used again.
        package var grownBytes: Int
        /// What was found by the look at all of it.
        package var findings: StoreFindings
    }

    /// Bytes that are read at once.
    private static let portion = 1 << 20

    /// Makes a backup of the store of a folder.
    ///
    /// The copy is checked before this returns: the file itself, page by page and row by row, or what went into the
    /// pipe. While it reads, pages that the broker frees are not used again.
    ///
    /// - Parameters:
    ///   - maxGrowth: how many bytes the data file may grow meanwhile; nil is half of what the disk has left.
    ///   - martlet: the version of this program.
    ///   - time: the time, in Unix milliseconds.
    /// - Throws: `damaged` when the store is damaged: then there is no backup, or a pipe without an end.
    package static func run(
        folder: String, to destination: Destination, maxGrowth: Int? = nil, martlet: String, time: UInt64
    ) throws(DataError) -> Report {
        let lock = try ReaderLock(folder: folder, exclusive: false)
        defer { withExtendedLifetime(lock) {} }
        return try DataError.of {
            let snapshot = try StoreSnapshot.upToDate(folder: folder)
            let limit = maxGrowth ?? Int(clamping: diskRoom(of: folder).free / 2)
            let growth = Growth(snapshot: snapshot, limit: limit)
            switch destination {
            case .file(let path, let replacing):
                let file = try OutputFile(path: path, replacing: replacing)
                let trailer = try copy(snapshot, martlet, time, growth) { try file.write($0) }
                let end = trailer.bytes
                try file.write(end)
                try file.sync()
                growth.end()
                let report = try check(try StoreSnapshot(file: file.draft))
                try file.commit()
                return Report(
                    trailer: trailer, bytes: snapshot.image.usedBytes + end.count, grownBytes: growth.bytes,
                    findings: StoreFindings(report))
            case .descriptor(let descriptor):
                let pipe = OutputPipe(descriptor)
                let trailer = try copy(snapshot, martlet, time, growth) { bytes in
                    try pipe.write(bytes) { try growth.check() }
                }
                // What was read is what is looked at here, page by page; its end tells that it is good.
                let report = try check(snapshot)
                try growth.check()
                let end = trailer.bytes
                try pipe.write(end) { try growth.check() }
                return Report(
                    trailer: trailer, bytes: snapshot.image.usedBytes + end.count, grownBytes: growth.bytes,
                    findings: StoreFindings(report))
            }
        }
    }

    /// Hands out the store's one part, and tells what it was.
    private static func copy(
        _ snapshot: StoreSnapshot, _ martlet: String, _ time: UInt64, _ growth: Growth,
        _ write: ([UInt8]) throws -> Void
    ) throws -> BackupTrailer {
        var part = BackupTrailer.Part(name: StoreFiles.data, size: 0, sum: 0)
        while Int(part.size) < snapshot.image.usedBytes {
            let bytes = try snapshot.image.read(at: Int(part.size), count: portion)
            part.sum = BackupTrailer.sum(bytes, behind: part.sum)
            part.size += UInt64(bytes.count)
            try write(bytes)
            try growth.check()
        }
        return BackupTrailer(
            schema: snapshot.schema, batch: snapshot.applied.index, batchTime: snapshot.applied.time, time: time,
            martlet: martlet, parts: [part])
    }

    /// Looks at all of a store, and refuses one that is damaged.
    static func check(_ snapshot: StoreSnapshot) throws -> VerifyReport {
        let report = try StoreVerifier.report(on: snapshot)
        let first = report.damages.first { $0.kind != .orphan }
        guard let first else { return report }
        throw DataError(
            .damaged,
            "'\(snapshot.path)' is damaged in \(report.damageCount) places, the first of them: \(first.what) "
                + "(\(first.meaning)). 'martlet verify' names them all")
    }
}
