// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Hashes of ids that are the same after a restart, and that cannot be chosen without knowing the store's key.
///
/// With a key that is no secret it hashes other bytes too, where nothing depends on who chose them.
enum IDHash {
    private static let factors: (UInt64, UInt64) = (0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB)

    static func hash(_ id: UnsafeRawBufferPointer, idKey: UInt64) -> UInt64 {
        var hash = idKey ^ factors.0
        var at = 0
        while at + 8 <= id.count {
            hash = fold(
                hash ^ UInt64(littleEndian: id.loadUnaligned(fromByteOffset: at, as: UInt64.self)), factors.1 ^ idKey)
            at += 8
        }
        var rest: UInt64 = 0
        while at < id.count {
            rest = rest << 8 | UInt64(id[at])
            at += 1
        }
        let last = fold(hash ^ rest, factors.0 ^ UInt64(id.count))
        return fold(last ^ idKey, factors.1)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
