// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The rule for names: `[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*`, at most 200 bytes; `$` starts names of the broker.
package enum Name {
    /// What the topics are named in which the broker speaks of itself: `$sys.<what>`.
    package static let system = "$sys"
    /// How the names of topics with dead letters begin: `$dead.<topic>.<subscription>`.
    package static let deadLetters = "$dead."

    /// Whether the bytes are a name that a client may give to something.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= Limits.name else { return false }
        return hasValidParts(bytes)
    }

    /// Whether the bytes are a name that a client may look at, those of the broker included.
    package static func isReadable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.first == UInt8(ascii: "$") else { return isValid(bytes) }
        guard bytes.count <= Limits.brokerName else { return false }
        return hasValidParts(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()))
    }

    /// Whether a string is a name that a client may give to something.
    package static func isValid(_ string: String) -> Bool {
        var string = string
        return string.withUTF8 { isValid(UnsafeRawBufferPointer($0)) }
    }

    /// The topic whose dead letters lie in a topic of that name; nil when it holds none.
    package static func topic(ofDeadLetters name: String) -> String? {
        guard name.hasPrefix(deadLetters) else { return nil }
        let rest = name.dropFirst(deadLetters.count)
        return rest.lastIndex(of: ".").map { String(rest[..<$0]) }
    }

    /// Whether a string can name a new subscription: one part without dots.
    ///
    /// So `$dead.<topic>.<subscription>` names one subscription only.
    package static func isSubscription(_ string: String) -> Bool {
        string.utf8.count <= Limits.subscriptionName && isValid(string) && !string.utf8.contains(UInt8(ascii: "."))
    }

    /// Whether a string is a name that a client may look at, those of the broker included.
    package static func isReadable(_ string: String) -> Bool {
        var string = string
        return string.withUTF8 { isReadable(UnsafeRawBufferPointer($0)) }
    }

    /// Whether a byte may stand in a name next to dots.
    @inline(__always)
    package static func isPartByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func hasValidParts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var afterDot = true
        for byte in bytes {
            if isPartByte(byte) {
                afterDot = false
            } else if byte == UInt8(ascii: ".") && !afterDot {
                afterDot = true
            } else {
                return false
            }
        }
        return !afterDot
    }
}
