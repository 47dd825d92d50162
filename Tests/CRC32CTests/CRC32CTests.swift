// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C
import Testing

struct CRC32CTests {
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xE306_9283),
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func `known vectors give the published checksums`(bytes: [UInt8], checksum: UInt32) {
        #expect(martlet_crc32c(0, bytes, bytes.count) == checksum)
        #expect(martlet_crc32c_portable(0, bytes, bytes.count) == checksum)
    }

    @Test func `the portable and the fast checksum agree at every length and alignment`() {
        let bytes = noise(count: 4_200)
        let lengths = Array(0...130) + [255, 256, 257, 1_000, 2_014, 4_096]
        bytes.withUnsafeBytes { buffer in
            for start in 0..<17 {
                for length in lengths {
                    let slice = UnsafeRawBufferPointer(rebasing: buffer[start..<start + length])
                    let fast = martlet_crc32c(7, slice.baseAddress, length)
                    let portable = martlet_crc32c_portable(7, slice.baseAddress, length)
                    #expect(fast == portable, "start \(start), length \(length)")
                }
            }
        }
    }

    @Test func `a checksum continues from where an earlier one stopped`() {
        let bytes = noise(count: 300)
        let whole = martlet_crc32c(0, bytes, bytes.count)
        for cut in 0...bytes.count {
            let head = Array(bytes[..<cut])
            let tail = Array(bytes[cut...])
            #expect(martlet_crc32c(martlet_crc32c(0, head, head.count), tail, tail.count) == whole)
            let portable = martlet_crc32c_portable(martlet_crc32c_portable(0, head, head.count), tail, tail.count)
            #expect(portable == whole)
        }
    }

    @Test func `every single flipped bit changes the checksum`() {
        var bytes = noise(count: 64)
        let original = martlet_crc32c(0, bytes, bytes.count)
        for bit in 0..<bytes.count * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(martlet_crc32c(0, bytes, bytes.count) != original)
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }

    @Test func `no bytes at all leave the checksum as it was`() {
        #expect(martlet_crc32c(0xDEAD_BEEF, nil, 0) == 0xDEAD_BEEF)
        #expect(martlet_crc32c_portable(0xDEAD_BEEF, nil, 0) == 0xDEAD_BEEF)
    }

    /// The same pseudo-random bytes in every run, from a xorshift generator.
    private func noise(count: Int) -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }
}
