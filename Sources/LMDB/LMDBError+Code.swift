// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension LMDBError {
    /// Why a call failed: a result of LMDB, or the `errno` of the system call below it.
    package struct Code: Hashable, Sendable {
        /// The number as LMDB returned it.
        package let rawValue: CInt

        /// A reason that has no name here.
        package static func other(_ rawValue: CInt) -> Code { Code(rawValue: rawValue) }

        /// The map is full: the transaction is lost, the environment goes on.
        package static let mapFull = Code(rawValue: MDB_MAP_FULL)
        /// No such key, or no such table.
        package static let notFound = Code(rawValue: MDB_NOTFOUND)
        /// The key is already there, or an appended key is not greater than the last one.
        package static let keyExists = Code(rawValue: MDB_KEYEXIST)
        /// Every reader slot is taken; `checkReaders()` frees those of dead processes.
        package static let readersFull = Code(rawValue: MDB_READERS_FULL)
        /// More tables are open than `maxTables` allows.
        package static let tablesFull = Code(rawValue: MDB_DBS_FULL)
        /// A page is not what it must be: the file is damaged.
        package static let corrupted = Code(rawValue: MDB_CORRUPTED)
        /// A page that is referred to does not exist: the file is damaged.
        package static let pageNotFound = Code(rawValue: MDB_PAGE_NOTFOUND)
        /// A tree is deeper than a tree can be: the file is damaged.
        package static let cursorFull = Code(rawValue: MDB_CURSOR_FULL)
        /// An earlier meta page update failed; the environment must be opened anew.
        package static let panic = Code(rawValue: MDB_PANIC)
        /// The transaction has too many dirty pages.
        package static let transactionFull = Code(rawValue: MDB_TXN_FULL)
        /// The file was written by another version of LMDB's format.
        package static let versionMismatch = Code(rawValue: MDB_VERSION_MISMATCH)
        /// Another process made the file larger than this map.
        package static let mapResized = Code(rawValue: MDB_MAP_RESIZED)
        /// The transaction must be aborted: an earlier call in it failed.
        package static let badTransaction = Code(rawValue: MDB_BAD_TXN)
        /// The reader slot is in use by another thread or process.
        package static let badReaderSlot = Code(rawValue: MDB_BAD_RSLOT)
        /// The key is empty or longer than 511 bytes, or the value is longer than LMDB can hold.
        package static let badValueSize = Code(rawValue: MDB_BAD_VALSIZE)
        /// The table was closed, or its handle is not of this environment.
        package static let badTable = Code(rawValue: MDB_BAD_DBI)
        /// The operation does not fit the table, such as one name used as a table and as a key.
        package static let incompatible = Code(rawValue: MDB_INCOMPATIBLE)
        /// The file is not an LMDB file.
        package static let invalid = Code(rawValue: MDB_INVALID)
        /// An argument makes no sense to LMDB: our mistake.
        package static let invalidArgument = Code(rawValue: EINVAL)
        /// The disk is full.
        package static let noSpace = Code(rawValue: ENOSPC)
        /// The disk failed to read or write.
        package static let inputOutput = Code(rawValue: EIO)
        /// Not permitted: a file's mode, or a write to an environment opened read-only.
        package static let access = Code(rawValue: EACCES)
        /// The folder or the file does not exist.
        package static let noSuchFile = Code(rawValue: ENOENT)
        /// Something else holds what is needed.
        package static let busy = Code(rawValue: EBUSY)
        /// No memory, or no room in the address space for the map.
        package static let noMemory = Code(rawValue: ENOMEM)
    }
}
