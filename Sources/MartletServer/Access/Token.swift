// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A new token: 256 random bits as text that can stand in a variable, a file or a URL.
package enum Token {
    private static let bytes = 32

    /// Makes one, of the system's randomness: base64url without padding, 43 characters.
    package static func make() -> String {
        var random = SystemRandomNumberGenerator()
        return base64url((0..<bytes).map { _ in random.next() })
    }

    private static func base64url(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { text.append(digits[bits >> (18 - 6 * place) & 63]) }
        }
        return text
    }
}
