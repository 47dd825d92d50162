// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CCRC32C
import Foundation

/// Bodies that say whose they are: publisher, sequence, size and checksum in front, and no two with the same bytes.
enum MessageBody {
    /// Prime, so that a part of a body that lands in the wrong place is noticed.
    private static let block = 1_021

    /// A body of a size; one that has no room for the identity is empty.
    static func make(_ identity: MessageIdentity, size: Int) -> [UInt8] {
        let front = Array("\(identity.publisher) \(identity.sequence) \(size) ".utf8)
        guard size >= front.count + 9 else { return [] }
        var dice = Dice(seed: UInt64(identity.publisher) << 32 | UInt64(identity.sequence))
        let pattern = (0..<block).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
        var body = [UInt8](repeating: 0, count: size)
        var at = front.count + 9
        body.withUnsafeMutableBytes { bytes in
            bytes.copyBytes(from: front)
            while at < size {
                let part = min(block, size - at)
                UnsafeMutableRawBufferPointer(rebasing: bytes[at..<(at + part)]).copyBytes(from: pattern[..<part])
                at += part
            }
        }
        let checksum = checksum(body, front: front.count)
        body.replaceSubrange(front.count..<(front.count + 9), with: Array("\(checksum) ".utf8))
        return body
    }

    /// Who published a message; nil when the body, its checksum and its id do not belong together.
    ///
    /// - Parameter id: its id; nil when it has none, so that the body alone must say it.
    static func identity(of body: [UInt8], id: String?) -> MessageIdentity? {
        let words =
            id?.split(separator: "-")
            ?? body.prefix(48).split(separator: 0x20).prefix(2).map {
                Substring(decoding: $0, as: UTF8.self)
            }
        let parts = words.compactMap { Int($0) }
        guard words.count == 2, parts.count == 2 else { return nil }
        let identity = MessageIdentity(publisher: parts[0], sequence: parts[1])
        if body.isEmpty { return identity }
        let front = Array("\(identity.publisher) \(identity.sequence) \(body.count) ".utf8)
        guard body.count >= front.count + 9, body.starts(with: front) else { return nil }
        let found = String(decoding: body[front.count..<(front.count + 8)], as: UTF8.self)
        return found == checksum(body, front: front.count) ? identity : nil
    }

    /// The CRC-32C of all but the checksum itself, in eight digits.
    private static func checksum(_ body: [UInt8], front: Int) -> String {
        let crc = body.withUnsafeBytes { bytes -> UInt32 in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[(front + 9)...])
            return martlet_crc32c(martlet_crc32c(0, bytes.baseAddress, front), rest.baseAddress, rest.count)
        }
        let digits = String(crc, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// Random numbers that a seed repeats (SplitMix64).
struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// True in one of so many cases.
    mutating func one(in count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }
}
