// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Writing and reading of field values and headers as section 1 of the protocol says.
package enum FieldCoding {
    /// The longest line that the broker takes, with its line end.
    package static let maxLine = 4_096

    /// The value with every byte that is not printable ASCII, and `%`, written as `%XX`.
    package static func encode(_ value: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.utf8.count)
        for byte in value.utf8 {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value that `encode` wrote; nil when a `%` is not followed by two hexadecimal digits.
    package static func decode(_ field: some StringProtocol) -> String? {
        guard field.utf8.contains(UInt8(ascii: "%")) else { return String(field) }
        let source = Array(field.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] != UInt8(ascii: "%") {
                bytes.append(source[index])
                index += 1
                continue
            }
            guard index + 2 < source.count, let high = digit(source[index + 1]), let low = digit(source[index + 2])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 3
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The header block of a message: a line `Name: value` for each.
    ///
    /// - Throws: `badArgument` that names the header when its name or value cannot be sent.
    package static func headerBlock(_ headers: [(name: String, value: String)]) throws(ClientError) -> [UInt8] {
        var block: [UInt8] = []
        var seen: Set<String> = []
        for (name, value) in headers {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isHeaderNameByte) else {
                throw ClientError(
                    .badArgument, "header '\(name)': a name is 1 to 64 letters, digits, dots, dashes or underscores")
            }
            guard !name.lowercased().hasPrefix("martlet-") else {
                throw ClientError(.badArgument, "header '\(name)': names that start with Martlet- belong to the broker")
            }
            guard seen.insert(name.lowercased()).inserted else {
                throw ClientError(.badArgument, "header '\(name)' is given twice")
            }
            guard value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
                throw ClientError(.badArgument, "header '\(name)': a value holds no control characters")
            }
            block.append(contentsOf: "\(name): \(value)\n".utf8)
        }
        return block
    }

    /// The headers of a block as the broker delivers it, in their order.
    package static func headers(in block: some Sequence<UInt8>) -> [(name: String, value: String)] {
        String(decoding: Array(block), as: UTF8.self)
            .split(separator: "\n")
            .compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                return (String(line[..<colon]), String(value))
            }
    }

    private static func isHeaderNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
