// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A transaction that only reads; it exists in the closure it is handed to, and nowhere else.
package struct ReadTransaction: TableAccess, ~Copyable {
    /// LMDB's own handle of the transaction.
    package let handle: OpaquePointer
}
