// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The memory in which keys are put together: numbers big-endian, so that LMDB's order is theirs.
final class KeyBuffer {
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 8)

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
