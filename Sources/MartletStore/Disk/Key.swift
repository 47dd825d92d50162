// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The memory in which keys are put together: numbers big-endian, so that LMDB's order is theirs.
final class KeyBuffer {
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: KeyBuffer.size, alignment: 8)

    /// LMDB takes keys of up to 511 bytes.
    private static let size = 512

    deinit {
        // SAFETY: the buffer is its memory's only owner, and keys do not outlive the call they are made for.
        bytes.deallocate()
    }

    /// A key of whole numbers, valid until the next key is made.
    func key(_ first: UInt64, _ second: UInt64? = nil) -> UnsafeRawBufferPointer {
        store(first, at: 0)
        guard let second else { return prefix(8) }
        store(second, at: 8)
        return prefix(16)
    }

    /// The key of a further piece of a large message.
    func piece(topic: UInt64, offset: UInt64, piece: UInt32) -> UnsafeRawBufferPointer {
        store(topic, at: 0)
        store(offset, at: 8)
        bytes.storeBytes(of: piece.bigEndian, toByteOffset: 16, as: UInt32.self)
        return prefix(20)
    }

    /// The key of something that becomes due: kind, owner, time, id.
    func due(_ kind: UInt8, owner: UInt64, time: UInt64, id: UInt64) -> UnsafeRawBufferPointer {
        bytes[0] = kind
        store(owner, at: 1)
        store(time, at: 9)
        store(id, at: 17)
        return prefix(25)
    }

    /// The key of a piece of a keyed row: the row's own, a zero, and the piece's number.
    func row(_ key: [UInt8], piece: UInt16) -> UnsafeRawBufferPointer {
        precondition(key.count + 3 <= Self.size)
        bytes.copyBytes(from: key)
        bytes[key.count] = 0
        bytes.storeBytes(of: piece.bigEndian, toByteOffset: key.count + 1, as: UInt16.self)
        return prefix(key.count + 3)
    }

    /// The key of a keyed row's end: kind, time, key.
    func due(_ kind: UInt8, time: UInt64, row key: [UInt8]) -> UnsafeRawBufferPointer {
        precondition(key.count + 9 <= Self.size)
        bytes[0] = kind
        store(time, at: 1)
        UnsafeMutableRawBufferPointer(rebasing: bytes[9...]).copyBytes(from: key)
        return prefix(9 + key.count)
    }

    /// What the keys of one owner's due things of a kind begin with.
    func due(_ kind: UInt8, owner: UInt64) -> UnsafeRawBufferPointer {
        bytes[0] = kind
        store(owner, at: 1)
        return prefix(9)
    }

    private func store(_ number: UInt64, at offset: Int) {
        bytes.storeBytes(of: number.bigEndian, toByteOffset: offset, as: UInt64.self)
    }

    private func prefix(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count])
    }
}

extension UnsafeRawBufferPointer {
    /// The big-endian number at a place of a key.
    func keyNumber(at offset: Int = 0) -> UInt64 {
        UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
