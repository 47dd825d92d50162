// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Crypto

/// The SHA-256 of a token: all that a broker keeps of it.
///
/// A token is 256 random bits, so that its digest needs neither salt nor stretching.
package struct TokenDigest: Hashable, Sendable {
    private static let size = 32
    private let bytes: [UInt8]

    /// The digest of a token.
    package init(of token: String) {
        var function = SHA256()
        Array(token.utf8).withUnsafeBytes { function.update(bufferPointer: $0) }
        bytes = Array(function.finalize())
    }

    /// Reads 64 hexadecimal digits; nil when the text is something else.
    package init?(hex: String) {
        let digits = hex.utf8.map(Self.value)
        guard digits.count == 2 * Self.size, !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        bytes = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The digest in hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Whether two digests are the same, in a time that does not tell how much of them is.
    func isEqual(to other: TokenDigest) -> Bool {
        var difference: UInt8 = 0
        for (left, right) in zip(bytes, other.bytes) { difference |= left ^ right }
        return difference == 0
    }
}
