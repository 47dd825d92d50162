// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads JSON text, without Foundation, which the client library does not depend on.
struct JSONParser {
    /// How deep values may be nested, so that hostile text cannot exhaust the stack.
    private static let maxDepth = 64

    private var bytes: ArraySlice<UInt8>
    private var depth = 0

    init(_ text: [UInt8]) { bytes = text[...] }

    /// The only value of the text.
    mutating func document() -> JSONValue? {
        guard let value = value() else { return nil }
        skipSpace()
        return bytes.isEmpty ? value : nil
    }

    private mutating func value() -> JSONValue? {
        skipSpace()
        switch bytes.first {
        case UInt8(ascii: "{"): return nested { $0.object() }
        case UInt8(ascii: "["): return nested { $0.array() }
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return takeWord("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return takeWord("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return takeWord("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func nested(_ body: (inout JSONParser) -> JSONValue?) -> JSONValue? {
        guard depth < Self.maxDepth else { return nil }
        depth += 1
        defer { depth -= 1 }
        return body(&self)
    }

    private mutating func object() -> JSONValue? {
        var members: [String: JSONValue] = [:]
        guard take("{") else { return nil }
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard let name = string(), take(":"), let value = value() else { return nil }
            members[name] = value
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    private mutating func array() -> JSONValue? {
        var values: [JSONValue] = []
        guard take("[") else { return nil }
        if take("]") { return .array(values) }
        repeat {
            guard let value = value() else { return nil }
            values.append(value)
        } while take(",")
        return take("]") ? .array(values) : nil
    }

    private mutating func skipSpace() {
        bytes = bytes.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        return takeByte(character)
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let word = "\(word)".utf8
        guard bytes.starts(with: word) else { return false }
        bytes.removeFirst(word.count)
        return true
    }

    private mutating func number() -> JSONValue? {
        let start = bytes
        takeByte("-")
        guard takeByte("0") || takeDigits() else { return nil }
        var isWhole = true
        if takeByte(".") {
            isWhole = false
            guard takeDigits() else { return nil }
        }
        if takeByte("e") || takeByte("E") {
            isWhole = false
            if !takeByte("+") { takeByte("-") }
            guard takeDigits() else { return nil }
        }
        let text = String(decoding: start.prefix(start.count - bytes.count), as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        return Double(text).map { .number($0) }
    }

    @discardableResult
    private mutating func takeByte(_ character: Character) -> Bool {
        guard bytes.first == character.asciiValue else { return false }
        bytes.removeFirst()
        return true
    }

    private mutating func takeDigits() -> Bool {
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        bytes = bytes.dropFirst(digits.count)
        return !digits.isEmpty
    }

    private mutating func string() -> String? {
        guard bytes.first == UInt8(ascii: "\"") else { return nil }
        bytes.removeFirst()
        var text: [UInt8] = []
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text += escaped
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard let byte = bytes.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "u"):
            guard var code = hex() else { return nil }
            if (0xD800..<0xDC00).contains(code) {
                guard bytes.popFirst() == UInt8(ascii: "\\"), bytes.popFirst() == UInt8(ascii: "u"),
                    let low = hex(), (0xDC00..<0xE000).contains(low)
                else { return nil }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            return Unicode.Scalar(code).map { Array(String($0).utf8) }
        default: return nil
        }
    }

    private mutating func hex() -> UInt32? {
        let digits = bytes.prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        bytes = bytes.dropFirst(4)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
