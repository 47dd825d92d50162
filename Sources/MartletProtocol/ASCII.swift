// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The bytes that the protocol gives a meaning to.
enum ASCII {
    static let lf = UInt8(ascii: "\n")
    static let cr = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let percent = UInt8(ascii: "%")
    static let equals = UInt8(ascii: "=")
    static let colon = UInt8(ascii: ":")
    static let dot = UInt8(ascii: ".")
    static let comma = UInt8(ascii: ",")
    static let dash = UInt8(ascii: "-")
    static let dollar = UInt8(ascii: "$")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")

    /// Whether a byte may stand in a field: printable and no space.
    @inline(__always)
    static func isFieldByte(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    /// Whether a byte stands in a value as it is.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool { isFieldByte(byte) && byte != percent }

    /// The value of a hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case zero...nine: byte - zero
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
