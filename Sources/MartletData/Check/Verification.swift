// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A look at all of a store, or of a backup of one.
package enum Verification {
    private static let portion = 1 << 20

    /// Looks at the store of a folder, also while a broker uses it: as of one moment.
    package static func run(folder: String) throws(DataError) -> StoreFindings {
        let lock = try ReaderLock(folder: folder, exclusive: false)
        defer { withExtendedLifetime(lock) {} }
        return try DataError.of {
            // First the journal: what is in it then and not in the tree behind it has to be whole.
            let journal = try JournalView(folder: folder)
            return StoreFindings(try StoreVerifier.report(on: try StoreSnapshot(folder: folder), with: journal))
        }
    }

    /// Looks at a backup, or at a data file that no broker uses.
    ///
    /// - Returns: what the backup says of itself, nil of a plain data file.
    package static func run(file: String) throws(DataError) -> (trailer: BackupTrailer?, findings: StoreFindings) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputFile.failure("cannot read '\(file)'") }
        defer { close(descriptor) }
        return try DataError.of {
            let size = Int(lseek(descriptor, 0, SEEK_END))
            let trailer = try BackupTrailer(size: size) {
                try Restore.read(descriptor, at: $0, count: $1, file)
            }
            if let part = trailer?.parts.first { try Restore.check(part, of: descriptor, file) }
            return (trailer, StoreFindings(try StoreVerifier.report(on: try StoreSnapshot(file: file))))
        }
    }
}
