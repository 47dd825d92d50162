// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Puts packs together of their pieces, as a walk over the log meets them.
struct LogWalk {
    /// A pack that is complete, or what is wrong with it.
    enum Pack {
        case intact(MartletStore.Pack, bytes: [UInt8])
        case damaged(String)
    }

    /// A piece that belongs to no pack.
    struct StrayPiece: Error {
        var topic: UInt64
        var offset: UInt64
    }

    private var open: (topic: UInt64, base: UInt64, bytes: [UInt8])?
    private var pieces: UInt32 = 0

    /// Takes an entry; gives the pack before it, which is complete now.
    mutating func take(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws -> (topic: UInt64, base: UInt64, pack: Pack)? {
        guard key.count == 16 || key.count == 20 else {
            throw StoreError(.damaged, "a key of the log has \(key.count) bytes")
        }
        let (topic, base) = (key.keyNumber(), key.keyNumber(at: 8))
        guard base <= 1 << 62 else { throw StoreError(.damaged, "a key of the log names offset \(base)") }
        if key.count == 20 {
            let number = UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
            guard open?.topic == topic, open?.base == base, number == pieces + 1 else {
                throw StrayPiece(topic: topic, offset: base)
            }
            pieces = number
            open?.bytes.append(contentsOf: value)
            return nil
        }
        defer {
            open = (topic, base, Array(value))
            pieces = 0
        }
        return finish()
    }

    /// The last pack.
    mutating func finish() -> (topic: UInt64, base: UInt64, pack: Pack)? {
        guard let (topic, base, bytes) = open else { return nil }
        open = nil
        return bytes.withUnsafeBytes { whole in
            guard let header = MartletStore.Pack(whole), header.count > 0 else {
                return (topic, base, .damaged("the pack at offset \(base) has no header"))
            }
            guard whole.count == MartletStore.Pack.headerSize + header.payload else {
                return (
                    topic, base,
                    .damaged(
                        "the pack at offset \(base) has \(whole.count) of "
                            + "\(MartletStore.Pack.headerSize + header.payload) bytes")
                )
            }
            guard MartletStore.Pack.isIntact(whole, topic: topic, base: base) else {
                return (topic, base, .damaged("the checksum of the pack at offset \(base) is wrong"))
            }
            return (topic, base, .intact(header, bytes: bytes))
        }
    }
}
