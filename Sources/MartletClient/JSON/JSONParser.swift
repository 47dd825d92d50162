// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads JSON text, without Foundation, which the client library does not depend on.
struct JSONParser {
    /// How deep values may be nested, so that hostile text cannot exhaust the stack of who works with the value: a
    /// tree of 2,000 messages that caused each other has two levels for each.
    private static let maxDepth = 4_096

    private var bytes: ArraySlice<UInt8>

    init(_ text: [UInt8]) { bytes = text[...] }

    /// The only value of the text.
    mutating func document() -> JSONValue? {
        guard let value = value() else { return nil }
        skipSpace()
        return bytes.isEmpty ? value : nil
    }

    /// The elements of the text, which is one array, each with its own text; nil when it is something else.
    mutating func elements() -> [(value: JSONValue, text: ArraySlice<UInt8>)]? {
        guard take("[") else { return nil }
        var elements: [(JSONValue, ArraySlice<UInt8>)] = []
        if !take("]") {
            repeat {
                skipSpace()
                let start = bytes
                guard let value = value() else { return nil }
                elements.append((value, start.prefix(start.count - bytes.count)))
            } while take(",")
            guard take("]") else { return nil }
        }
        skipSpace()
        return bytes.isEmpty ? elements : nil
    }

    /// A value, read without recursion: what is open is kept in a list.
    private mutating func value() -> JSONValue? {
        var open: [Container] = []
        while true {
            skipSpace()
            let isObject = bytes.first == UInt8(ascii: "{")
            var complete: JSONValue
            if isObject || bytes.first == UInt8(ascii: "[") {
                guard open.count < Self.maxDepth else { return nil }
                bytes.removeFirst()
                if take(isObject ? "}" : "]") {
                    complete = isObject ? .object([:]) : .array([])
                } else {
                    open.append(Container(isObject: isObject))
                    if isObject { guard name(&open[open.count - 1]) else { return nil } }
                    continue
                }
            } else {
                guard let scalar = scalar() else { return nil }
                complete = scalar
            }
            // What is complete belongs to what is open, which may be complete by it.
            while true {
                guard let last = open.indices.last else { return complete }
                open[last].append(complete)
                if take(",") {
                    if open[last].isObject { guard name(&open[last]) else { return nil } }
                    break
                }
                guard take(open[last].isObject ? "}" : "]") else { return nil }
                complete = open.removeLast().value
            }
        }
    }

    /// An array or an object of which a part was read.
    private struct Container {
        let isObject: Bool
        var values: [JSONValue] = []
        var members: [String: JSONValue] = [:]
        /// Of the member that comes next.
        var name = ""

        init(isObject: Bool) { self.isObject = isObject }

        var value: JSONValue { isObject ? .object(members) : .array(values) }

        mutating func append(_ value: JSONValue) {
            if isObject { members[name] = value } else { values.append(value) }
        }
    }

    /// The name of an object's next member, up to its value.
    private mutating func name(_ container: inout Container) -> Bool {
        skipSpace()
        guard let name = string(), take(":") else { return false }
        container.name = name
        return true
    }

    private mutating func scalar() -> JSONValue? {
        switch bytes.first {
        case UInt8(ascii: "\""): string().map { .string($0) }
        case UInt8(ascii: "t"): takeWord("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): takeWord("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): takeWord("null") ? .null : nil
        default: number()
        }
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
