// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C
import MartletStore

/// What stands behind the parts of a store in a backup, so that it can be told whether they are whole.
///
/// A backup is the files of the store one after another, and this: a body, its CRC32C (4), its size (8) and a mark (8).
/// The body is the version of this form (8), the schema (8), index and time of the last batch (8 each), when the backup
/// was made in Unix ms (8), text the version of martlet, the count of parts (8) and for each: text its name, its size
/// (8), its CRC32C (8). A file of LMDB takes no notice of what stands behind its last page.
package struct BackupTrailer: Equatable, Sendable {
    /// One file of a store.
    package struct Part: Equatable, Sendable {
        /// Its name in the folder.
        package var name: String
        /// Its bytes.
        package var size: UInt64
        /// Their CRC32C.
        package var sum: UInt32
    }

    /// The version of this form.
    static let version: UInt64 = 1
    private static let mark = Array("MARTLETB".utf8)
    private static let tail = 20
    private static let largest = 1 << 16

    /// The schema of the store.
    package var schema: UInt64
    /// The index of its last batch.
    package var batch: UInt64
    /// The time of its last batch.
    package var batchTime: UInt64
    /// When the backup was made, in Unix milliseconds.
    package var time: UInt64
    /// The version of the martlet that made it.
    package var martlet: String
    /// The files, in the order in which they stand.
    package var parts: [Part]

    var bytes: [UInt8] {
        var writer = RowWriter()
        for number in [Self.version, schema, batch, batchTime, time] { writer.number(number) }
        writer.text(martlet)
        writer.number(UInt64(parts.count))
        for part in parts {
            writer.text(part.name)
            writer.number(part.size)
            writer.number(UInt64(part.sum))
        }
        let size = writer.bytes.count
        writer.short(Self.sum(writer.bytes))
        writer.number(UInt64(size))
        writer.raw(Self.mark)
        return writer.bytes
    }

    /// Reads what stands at the end of a file of that size; nil when that is not the end of a backup.
    ///
    /// - Throws: `damaged` when it was the end of one, `schema` when a newer martlet made it.
    init?(size: Int, _ read: (_ offset: Int, _ count: Int) throws -> [UInt8]) throws {
        guard size > Self.tail else { return nil }
        let tail = try read(size - Self.tail, Self.tail)
        guard tail.suffix(8).elementsEqual(Self.mark) else { return nil }
        let (sum, count) = tail.withUnsafeBytes {
            (
                UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt32.self)),
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
            )
        }
        let broken = DataError(.damaged, "the end of the backup, which says what it holds, is damaged")
        guard count <= UInt64(min(Self.largest, size - Self.tail)) else { throw broken }
        let body = try read(size - Self.tail - Int(count), Int(count))
        guard Self.sum(body) == sum else { throw broken }
        let trailer = try body.withUnsafeBytes { try Self.read($0) }
        let parts = trailer.parts.reduce(UInt64(0)) { $0 &+ $1.size }
        guard parts == UInt64(size - Self.tail) - count else {
            throw DataError(.damaged, "the backup has \(size) bytes, and says that its files have \(parts)")
        }
        self = trailer
    }

    private static func read(_ body: UnsafeRawBufferPointer) throws -> BackupTrailer {
        var reader = RowReader(body)
        let version = try reader.number()
        guard version == Self.version else {
            throw DataError(
                .schema,
                "the backup has version \(version), and this martlet knows \(Self.version): use a newer martlet")
        }
        var trailer = BackupTrailer(
            schema: try reader.number(), batch: try reader.number(), batchTime: try reader.number(),
            time: try reader.number(), martlet: try reader.text(), parts: [])
        for _ in 0..<(try reader.number()) {
            trailer.parts.append(
                Part(
                    name: try reader.text(), size: try reader.number(),
                    sum: UInt32(truncatingIfNeeded: try reader.number())))
        }
        return trailer
    }

    init(schema: UInt64, batch: UInt64, batchTime: UInt64, time: UInt64, martlet: String, parts: [Part]) {
        self.schema = schema
        self.batch = batch
        self.batchTime = batchTime
        self.time = time
        self.martlet = martlet
        self.parts = parts
    }

    /// The CRC32C of bytes behind others.
    static func sum(_ bytes: [UInt8], behind sum: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { martlet_crc32c(sum, $0.baseAddress, $0.count) }
    }
}
