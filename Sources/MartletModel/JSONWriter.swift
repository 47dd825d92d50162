// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Writes JSON without a general encoder: objects and lists whose commas it sets itself.
///
/// Text that is not UTF-8 is repaired as Swift repairs it; who needs the bytes writes them as base64 beside it.
package struct JSONWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Makes an empty one.
    package init() {}

    /// What has been written, as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes an object; `body` writes its members.
    package mutating func object(_ body: (inout JSONWriter) -> Void) { enclose("{", "}", body) }

    /// Writes a list; `body` writes its elements.
    package mutating func list(_ body: (inout JSONWriter) -> Void) { enclose("[", "]", body) }

    /// Writes the name of a member; its value follows.
    package mutating func name(_ name: StaticString) { self.name("\(name)") }

    /// Writes the name of a member that is known at run time only; its value follows.
    package mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 { append(byte) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a whole number.
    package mutating func number(_ number: some FixedWidthInteger) {
        separate()
        bytes.append(contentsOf: "\(number)".utf8)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes bytes as a string in base64.
    package mutating func base64(_ data: some Collection<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendBase64(data)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    // MARK: - Members

    /// Writes a member.
    package mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a member.
    package mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
        self.name(name)
        number(value)
    }

    /// Writes a member.
    package mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// Writes a member of bytes: as text where they are UTF-8, else under the name with `Base64` behind it.
    package mutating func member(_ name: StaticString, _ value: some Collection<UInt8>) {
        if let text = String(validating: value, as: UTF8.self) {
            member(name, text)
        } else {
            self.name("\(name)Base64")
            base64(value)
        }
    }

    // MARK: - Details

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func enclose(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func append(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }

    private mutating func appendBase64(_ data: some Collection<UInt8>) {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var rest = data[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            var group = UInt32(part[0]) << 16
            if part.count > 1 { group |= UInt32(part[1]) << 8 }
            if part.count > 2 { group |= UInt32(part[2]) }
            for place in 0..<4 {
                let digit = digits[Int(group >> UInt32(18 - 6 * place)) & 63]
                bytes.append(place <= part.count ? digit : UInt8(ascii: "="))
            }
        }
    }
}
