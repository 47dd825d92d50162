// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The version of the file's layout, and how a file comes to it.
package enum Schema {
    /// The version that this code reads and writes.
    package static let version: UInt64 = 4
    /// The first version that has a journal.
    static let journal: UInt64 = 4
    /// The versions whose rows are those of this one.
    package static let readable: ClosedRange<UInt64> = 3...version

    /// Brings a file to this version, in the transaction that opens it.
    ///
    /// - Throws: `schema` when the version is not known, `damaged` when a file that has been written to has none: it
    ///   must not be taken for a new one, since everything in it would be forgotten.
    static func check(
        _ transaction: borrowing WriteTransaction, folder: String, identity: UInt64, isNew: Bool
    ) throws {
        guard let known = try known(transaction) else {
            guard isNew else {
                throw StoreError(
                    .damaged, "the data file has been written to, but says no schema version: its main table is damaged"
                )
            }
            return try begin(transaction, folder: folder, identity: identity)
        }
        guard known.count == 8 else {
            throw StoreError(
                .schema, "the data file has schema version none that can be read; this martlet knows 1 to \(version)")
        }
        switch known.keyNumber() {
        case version: return
        case 1, 2:
            try Upgrade.run(transaction)
            try begin(transaction, folder: folder, identity: identity)
        case 3: try begin(transaction, folder: folder, identity: identity)
        case let other:
            throw StoreError(
                .schema, "the data file has schema version \(other), and this martlet knows 1 to \(version)")
        }
    }

    /// Gives a file that has none a journal, and this version.
    ///
    /// - Parameter identity: what the two share.
    static func begin(_ transaction: borrowing WriteTransaction, folder: String, identity: UInt64) throws {
        guard !JournalFiles.hasBatches(in: folder) else {
            throw StoreError(
                .folder,
                "the data file in '\(folder)' has no journal, and the one that lies beside it holds messages of "
                    + "another: put the files of one folder back together, or restore a backup")
        }
        let tables = try Tables(transaction, create: true)
        let next = try DiskStore.applied(transaction, tables).index + 1
        try Journal.make(in: folder, identity: identity, next: next)
        try Folder.sync(folder)
        try DiskStore.put(identity, as: .journal, transaction, tables)
        try DiskStore.put(version, as: .schema, transaction, tables)
    }

    private static func known(_ transaction: borrowing WriteTransaction) throws -> UnsafeRawBufferPointer? {
        do {
            let meta = try transaction.table(named: "meta")
            return try Meta.schema.withKey { try transaction.get($0, in: meta) }
        } catch let error as LMDBError where error.code == .notFound {
            return nil
        }
    }
}
