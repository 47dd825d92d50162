// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Writes JSON without a general encoder: objects and lists whose commas it sets itself.
///
/// Text that is not UTF-8 is repaired as Swift repairs it; who needs the bytes writes them as base64 beside it. Runs of
/// bytes that stand for themselves are copied as they are.
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

    /// Begins a list, whose elements are written until `endList`.
    package mutating func beginList() { begin("[") }

    /// Ends a list.
    package mutating func endList() { end("]") }

    /// Writes the name of a member; its value follows.
    package mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        nameIsWritten()
    }

    /// Writes the name of a member that is known at run time only; its value follows.
    package mutating func name(_ name: String) {
        string(name)
        nameIsWritten()
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { append($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a whole number.
    package mutating func number(_ number: some FixedWidthInteger) {
        separate()
        if let number = UInt64(exactly: number) {
            append(number)
        } else {
            bytes.append(contentsOf: "\(number)".utf8)
        }
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

    private mutating func nameIsWritten() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func begin(_ mark: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: mark))
        needsComma = false
    }

    private mutating func end(_ mark: Unicode.Scalar) {
        bytes.append(UInt8(ascii: mark))
        needsComma = true
    }

    private mutating func enclose(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        begin(open)
        body(&self)
        end(close)
    }

    /// Appends text, in blocks that are copied as they are where all their bytes stand for themselves.
    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        let size = 1_024
        for start in stride(from: 0, to: text.count, by: size) {
            let block = UnsafeBufferPointer(rebasing: text[start..<min(start + size, text.count)])
            if block.contains(where: Self.isEscaped) { escape(block) } else { bytes.append(contentsOf: block) }
        }
    }

    @inline(__always)
    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ block: UnsafeBufferPointer<UInt8>) {
        // No byte takes more than six.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 6 * block.count) { text in
            var count = 0
            func add(_ byte: UInt8) {
                text.initializeElement(at: count, to: byte)
                count += 1
            }
            for byte in block {
                guard Self.isEscaped(byte) else {
                    add(byte)
                    continue
                }
                add(UInt8(ascii: "\\"))
                switch byte {
                case UInt8(ascii: "\n"): add(UInt8(ascii: "n"))
                case UInt8(ascii: "\r"): add(UInt8(ascii: "r"))
                case UInt8(ascii: "\t"): add(UInt8(ascii: "t"))
                case 0..<0x20:
                    for byte in "u00".utf8 { add(byte) }
                    add(UInt8(ascii: "0") + byte >> 4)
                    let digit = byte & 15
                    add(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                default: add(byte)
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<count]))
        }
    }

    private mutating func append(_ number: UInt64) {
        // The largest has 20 digits; they are found from the last one on.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var (rest, begin) = (number, 20)
            repeat {
                begin -= 1
                digits.initializeElement(at: begin, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[begin...]))
        }
    }

    private mutating func appendBase64(_ data: some Collection<UInt8>) {
        // A collection that does not lie in one piece is laid so.
        if data.withContiguousStorageIfAvailable({ appendBase64($0) }) == nil {
            Array(data).withUnsafeBufferPointer { appendBase64($0) }
        }
    }

    private mutating func appendBase64(_ data: UnsafeBufferPointer<UInt8>) {
        let block = 3_072
        for start in stride(from: 0, to: data.count, by: block) {
            appendBase64(of: UnsafeBufferPointer(rebasing: data[start..<min(start + block, data.count)]))
        }
    }

    private mutating func appendBase64(of block: UnsafeBufferPointer<UInt8>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: (block.count + 2) / 3 * 4) { text in
            var at = 0
            for index in stride(from: 0, to: block.count, by: 3) {
                let left = block.count - index
                var group = UInt32(block[index]) << 16
                if left > 1 { group |= UInt32(block[index + 1]) << 8 }
                if left > 2 { group |= UInt32(block[index + 2]) }
                for place in 0..<4 {
                    let digit = Self.digit(UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place)) & 63)
                    text.initializeElement(at: at + place, to: place <= left ? digit : UInt8(ascii: "="))
                }
                at += 4
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<at]))
        }
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
