// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// How an entry is put.
package struct PutOptions: OptionSet, Sendable {
    /// The bits as LMDB defines them.
    package let rawValue: UInt32

    /// Options from bits as LMDB defines them; use the named ones.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The key is greater than all keys of the table, else the error is `.keyExists`; pages are filled to the brim.
    package static let append = PutOptions(rawValue: UInt32(MDB_APPEND))
}
