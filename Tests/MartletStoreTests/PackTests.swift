// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore
import Testing

struct PackTests {
    private static func pack(_ payload: [UInt8], count: Int = 3, large: Bool = false) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: Pack.headerSize) + payload
        bytes.withUnsafeMutableBytes {
            Pack(count: count, large: large, payload: payload.count, time: 0x0102_0304_0506, total: 77)
                .write(to: $0, topic: 5, base: 9)
        }
        return bytes
    }

    @Test func `a header is read as it was written`() throws {
        for large in [false, true] {
            let header = try #require(Self.pack(body(300), count: 65_535, large: large).withUnsafeBytes { Pack($0) })
            #expect(header.count == 65_535)
            #expect(header.large == large)
            #expect(header.payload == 300)
            #expect(header.time == 0x0102_0304_0506)
            #expect(header.total == 77)
        }
    }

    @Test func `the header lies as the article says`() {
        let bytes = Self.pack([1, 2], count: 0x0102, large: true)
        #expect(Array(bytes[..<4]) == [1, 1, 2, 1])
        #expect(Array(bytes[8..<16]) == [2, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[16..<24]) == [6, 5, 4, 3, 2, 1, 0, 0])
        #expect(Array(bytes[24..<32]) == [77, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes.count == 34)
    }

    @Test func `every flipped bit is noticed`() {
        var bytes = Self.pack(body(40))
        #expect(bytes.withUnsafeBytes { Pack.isIntact($0, topic: 5, base: 9) })
        for bit in 0..<(bytes.count * 8) {
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(!bytes.withUnsafeBytes { Pack.isIntact($0, topic: 5, base: 9) }, "bit \(bit)")
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }

    @Test func `another topic, another offset and another length are noticed`() {
        let bytes = Self.pack(body(40))
        #expect(!bytes.withUnsafeBytes { Pack.isIntact($0, topic: 6, base: 9) })
        #expect(!bytes.withUnsafeBytes { Pack.isIntact($0, topic: 5, base: 8) })
        #expect(!bytes.withUnsafeBytes { Pack.isIntact($0, topic: 9, base: 5) })
        #expect(!bytes.dropLast().withUnsafeBytes { Pack.isIntact($0, topic: 5, base: 9) })
        #expect(!(bytes + [0]).withUnsafeBytes { Pack.isIntact($0, topic: 5, base: 9) })
    }

    @Test func `too few bytes and another version are no pack`() {
        var bytes = Self.pack([])
        #expect(bytes.withUnsafeBytes { Pack($0) } != nil)
        #expect(bytes.dropLast().withUnsafeBytes { Pack($0) } == nil)
        #expect(!bytes.dropLast().withUnsafeBytes { Pack.isIntact($0, topic: 5, base: 9) })
        bytes[0] = 2
        #expect(bytes.withUnsafeBytes { Pack($0) } == nil)
    }
}
