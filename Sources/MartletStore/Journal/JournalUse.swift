// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C

/// One use of a segment by one journal.
struct JournalUse: Equatable {
    /// The number that the data file and its journal share, and others have not.
    var identity: UInt64
    /// Which use of a segment it is, counted over all of them.
    var life: UInt64

    func sum(size: Int, previous: UInt32, index: UInt64, checksum: UInt32) -> UInt32 {
        let fields = (
            identity.littleEndian, life.littleEndian, index.littleEndian, UInt32(truncatingIfNeeded: size).littleEndian,
            previous.littleEndian, checksum.littleEndian
        )
        return withUnsafeBytes(of: fields) { martlet_crc32c(0, $0.baseAddress, 36) }
    }
}
