// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Memory that begins and ends with blocks of a disk, as writes past the kernel's cache need it.
final class BlockBuffer {
    /// Bytes of a block: what disks write at once, or a multiple of it.
    static let block = 4_096

    private var memory: UnsafeMutableRawBufferPointer

    /// Makes one of so many bytes at least, all zero.
    init(bytes: Int = block) {
        memory = Self.allocate(bytes)
    }

    deinit {
        // SAFETY: this object is the memory's only owner.
        memory.deallocate()
    }

    /// Bytes in whole blocks.
    static func whole(_ bytes: Int) -> Int { (bytes + block - 1) / block * block }

    /// All of it.
    var bytes: UnsafeMutableRawBufferPointer { memory }

    /// Makes room for so many bytes; what was there is lost.
    func reserve(_ bytes: Int) {
        guard bytes > memory.count else { return }
        // SAFETY: nothing else has the old memory.
        memory.deallocate()
        memory = Self.allocate(bytes)
    }

    /// Puts bytes at a place, and zeros behind them up to the end of the block.
    func put(_ value: UnsafeRawBufferPointer, at place: Int) {
        let end = Self.whole(place + value.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[place..<(place + value.count)]).copyMemory(from: value)
        UnsafeMutableRawBufferPointer(rebasing: memory[(place + value.count)..<end]).initializeMemory(
            as: UInt8.self, repeating: 0)
    }

    private static func allocate(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
        // SAFETY: freed in `deinit` and `reserve` alone.
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: whole(bytes), alignment: block)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        return memory
    }
}
