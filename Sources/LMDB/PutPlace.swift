// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CLMDB

/// Where in its table a value is put.
package enum PutPlace: Sendable {
    /// Where its key belongs.
    case anywhere
    /// Behind all others: the key is greater than all keys of the table, else the error is `.keyExists`. Pages are
    /// filled to the brim.
    case end

    /// LMDB's flags.
    var flags: CUnsignedInt {
        switch self {
        case .anywhere: 0
        case .end: CUnsignedInt(MDB_APPEND)
        }
    }
}
