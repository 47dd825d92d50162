// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Ids that no other publisher makes: a random prefix and a count.
struct MessageIDs: Sendable {
    /// 11 characters, which stand for 64 random bits, and a dot.
    let prefix: [UInt8]
    private var count: UInt64 = 0

    init(random: UInt64) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var rest = random
        var prefix: [UInt8] = []
        for _ in 0..<11 {
            prefix.append(alphabet[Int(rest & 63)])
            rest >>= 6
        }
        self.prefix = prefix + [UInt8(ascii: ".")]
    }

    /// The number of the next id, from 1.
    mutating func nextNumber() -> UInt64 {
        count += 1
        return count
    }

    /// The next id.
    mutating func next() -> String { String(decoding: prefix, as: UTF8.self) + "\(nextNumber())" }
}
