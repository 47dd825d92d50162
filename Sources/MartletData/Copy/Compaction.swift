// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A data file written anew without its free pages, while no broker uses it.
package enum Compaction {
    /// Compacts the data file of a folder.
    ///
    /// The new file is made aside, checked, and then moved to the place of the old one.
    ///
    /// - Returns: the bytes of the file before and after.
    /// - Throws: `locked` when a broker or another command uses it, `damaged` when it is damaged.
    package static func run(folder: String) throws(DataError) -> (before: Int, after: Int) {
        try DataError.of {
            let readers = try ReaderLock(folder: folder, exclusive: true)
            let path = folder + "/" + StoreFiles.data
            if try isBehind(folder) { try StoreSnapshot.bringUp(folder: folder) }
            let lock = try FolderLock(folder: folder)
            defer { withExtendedLifetime((readers, lock)) {} }
            let before = try StoreSnapshot(file: path)
            let found = try check(before, folder)
            let draft = folder + "/" + StoreFiles.draft
            try Folder.removeStore(draft)
            try Folder.make(draft)
            do {
                let copy = draft + "/" + StoreFiles.data
                try write(folder, to: copy)
                let after = try StoreSnapshot(file: copy)
                let report = try Backup.check(after)
                guard report.messages == found.messages, report.rows == found.rows, report.batch == found.batch else {
                    throw DataError(.io, "the compacted file does not hold what the old one does; the old one stays")
                }
                try Folder.move(copy, to: path)
                try Folder.sync(folder)
                try Folder.removeStore(draft)
                return (before.image.fileBytes, after.image.fileBytes)
            } catch {
                try? Folder.removeStore(draft)
                throw error
            }
        }
    }

    /// Whether the journal of a folder has what the data file lacks; then that is whole.
    private static func isBehind(_ folder: String) throws -> Bool {
        let lock = try FolderLock(folder: folder)
        defer { withExtendedLifetime(lock) {} }
        let snapshot = try StoreSnapshot(file: folder + "/" + StoreFiles.data)
        guard try JournalView(folder: folder).last > snapshot.applied.index else { return false }
        _ = try check(snapshot, folder)
        return true
    }

    /// Looks at all of a store, and refuses one that is damaged anywhere.
    ///
    /// LMDB follows what a damaged page says; so all of it is looked at before LMDB is.
    private static func check(_ snapshot: StoreSnapshot, _ folder: String) throws -> VerifyReport {
        let found = try StoreVerifier.report(on: snapshot, with: try JournalView(folder: folder))
        guard found.isClean else {
            throw DataError(
                .damaged, "'\(snapshot.path)' is damaged and was left as it is: 'martlet verify' says what is wrong")
        }
        return found
    }

    private static func write(_ folder: String, to path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OutputFile.failure("cannot write '\(path)'") }
        defer { close(descriptor) }
        // No other process uses the file: both locks are held.
        let environment = try Environment(folder: folder, options: EnvironmentOptions(isAlone: true))
        defer { environment.close() }
        try environment.copyCompacted(to: descriptor)
        guard fsync(descriptor) == 0 else { throw OutputFile.failure("cannot flush '\(path)'") }
    }
}
