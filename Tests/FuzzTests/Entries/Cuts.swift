// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Ways to cut the same bytes into reads.
///
/// The places follow from the bytes, so that a failure can be repeated.
enum Cuts {
    /// The most bytes that are also handed over one by one, which takes time that grows with the square of a line.
    private static let single = 1_024

    /// Some ways: one by one, and twice at random.
    static func ways(of bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var random = SeededRandom(seed: hash)
        var ways = (0..<2).map { _ in pieces(of: bytes, &random) }
        if bytes.count <= single { ways.append(bytes.indices.map { bytes[$0...$0] }) }
        return ways
    }

    private static func pieces(of bytes: [UInt8], _ random: inout SeededRandom) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let largest = [1, 3, 8, 64, 512][Int.random(in: 0..<5, using: &random)]
            let piece = rest.prefix(Int.random(in: 1...largest, using: &random))
            pieces.append(piece)
            rest = rest[piece.endIndex...]
        }
        return pieces
    }
}
