// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// A call of LMDB that failed: which one, and why.
package struct LMDBError: Error {
    /// The reason.
    package let code: Code

    /// The function of LMDB that failed.
    package let operation: StaticString

    /// Whether the reason is that the file is not what was written.
    package var isDamage: Bool { [.corrupted, .pageNotFound, .cursorFull, .invalid].contains(code) }

    /// LMDB's own sentence for the reason.
    package var message: String {
        // SAFETY: mdb_strerror never returns null, and its text is copied before anything else can be called.
        mdb_strerror(code.rawValue).map { String(cString: $0) } ?? "unknown error \(code.rawValue)"
    }

    /// Throws when a result of LMDB is not success: the one place where results become errors.
    static func check(_ result: CInt, _ operation: StaticString) throws(LMDBError) {
        guard result == MDB_SUCCESS else { throw LMDBError(code: Code(rawValue: result), operation: operation) }
    }

    /// As `check`, with "there is no such entry" as an answer: true when there is one.
    static func isFound(_ result: CInt, _ operation: StaticString) throws(LMDBError) -> Bool {
        if result == MDB_NOTFOUND { return false }
        try check(result, operation)
        return true
    }
}

extension LMDBError: CustomStringConvertible {
    /// The operation and the message.
    package var description: String { "\(operation): \(message)" }
}
