// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A store made of a backup.
package enum Restore {
    private static let portion = 1 << 20

    /// Puts a backup into a folder that is new or empty, where it can be used when this returns.
    ///
    /// - Parameter descriptor: the backup, read from where it stands to its end.
    /// - Throws: `damaged` when it is not whole, `schema` when another version wrote it; then the folder holds no
    ///   store.
    package static func run(
        from descriptor: Int32, named name: String, folder: String
    ) throws(DataError) -> (trailer: BackupTrailer, findings: StoreFindings) {
        let store = try StoreDraft(folder: folder)
        do {
            let found = try run(descriptor, name, store)
            try store.commit()
            return found
        } catch {
            try? store.remove()
            throw error
        }
    }

    private static func run(
        _ descriptor: Int32, _ name: String, _ store: StoreDraft
    ) throws(DataError) -> (trailer: BackupTrailer, findings: StoreFindings) {
        try DataError.of {
            let path = store.draft + "/" + StoreFiles.data
            let copy = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard copy >= 0 else { throw OutputFile.failure("cannot write '\(path)'") }
            defer { close(copy) }
            var size = 0
            while true {
                let bytes = try read(descriptor, name)
                guard !bytes.isEmpty else { break }
                guard OutputFile.write(bytes, to: copy) else { throw OutputFile.failure("cannot write '\(path)'") }
                size += bytes.count
            }
            guard let trailer = try BackupTrailer(size: size, { try read(copy, at: $0, count: $1, name) }) else {
                throw DataError(
                    .damaged,
                    "'\(name)' is not a whole backup: it does not end as one. It was cut off, or not made by "
                        + "'martlet backup'"
                )
            }
            guard Schema.readable.contains(trailer.schema) else {
                throw DataError(
                    .schema,
                    "'\(name)' has schema version \(trailer.schema), written by martlet \(trailer.martlet), and this "
                        + "martlet knows \(Schema.version): use the one that wrote it")
            }
            guard trailer.parts.map(\.name) == [StoreFiles.data], let part = trailer.parts.first else {
                throw DataError(.schema, "'\(name)' holds files that this martlet does not know: use a newer martlet")
            }
            try check(part, of: copy, name)
            guard ftruncate(copy, off_t(part.size)) == 0, fsync(copy) == 0 else {
                throw OutputFile.failure("cannot write '\(path)'")
            }
            let snapshot = try StoreSnapshot(file: path)
            let findings = StoreFindings(try Backup.check(snapshot))
            try snapshot.makeJournal(in: store.draft)
            return (trailer, findings)
        }
    }

    static func check(_ part: BackupTrailer.Part, of copy: Int32, _ name: String) throws {
        var (at, sum) = (0, UInt32(0))
        while at < part.size {
            let bytes = try read(copy, at: at, count: min(portion, Int(part.size) - at), name)
            sum = BackupTrailer.sum(bytes, behind: sum)
            at += bytes.count
        }
        guard sum == part.sum else {
            throw DataError(.damaged, "'\(name)' is damaged: the checksum of '\(part.name)' is not what was written")
        }
    }

    private static func read(_ descriptor: Int32, _ name: String) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: portion)
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                #if canImport(Glibc)
                Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                #else
                Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw OutputFile.failure("cannot read '\(name)'") }
            return Array(bytes.prefix(count))
        }
    }

    static func read(_ descriptor: Int32, at offset: Int, count: Int, _ name: String) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw OutputFile.failure("cannot read '\(name)'") }
            done += got
        }
        return bytes
    }
}
