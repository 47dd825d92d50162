// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the JSON of a listing: an array of flat objects of strings and numbers, and nothing else.
struct RecordList {
    private var bytes: ArraySlice<UInt8>

    /// The records of a listing.
    ///
    /// - Throws: `protocolViolation` when it is something else.
    static func read(_ json: [UInt8]) throws(ClientError) -> [RecordSummary] {
        var reader = RecordList(bytes: json[...])
        guard let records = reader.array() else {
            throw ClientError(.protocolViolation, "LIST: the answer is not a list of records")
        }
        return records
    }

    private mutating func array() -> [RecordSummary]? {
        guard take("[") else { return nil }
        var records: [RecordSummary] = []
        if take("]") { return records }
        repeat {
            guard let object = object() else { return nil }
            // A key that is no text was not set by this library, and cannot be asked for by it.
            guard object.texts["keyBase64"] == nil else { continue }
            guard let record = Self.record(object) else { return nil }
            records.append(record)
        } while take(",")
        return take("]") ? records : nil
    }

    /// The members of one object.
    private struct Object {
        var texts: [String: String] = [:]
        var numbers: [String: UInt64] = [:]
    }

    private mutating func object() -> Object? {
        var object = Object()
        guard take("{") else { return nil }
        if take("}") { return object }
        repeat {
            guard let name = string(), take(":") else { return nil }
            if let text = string() {
                object.texts[name] = text
            } else if let number = number() {
                object.numbers[name] = number
            } else {
                return nil
            }
        } while take(",")
        return take("}") ? object : nil
    }

    private static func record(_ object: Object) -> RecordSummary? {
        guard let key = object.texts["key"], let version = object.numbers["version"],
            let length = object.numbers["length"].flatMap({ Int(exactly: $0) })
        else { return nil }
        return RecordSummary(
            key: key, version: version, time: object.numbers["time"] ?? 0, expires: object.numbers["expires"],
            length: length)
    }

    private mutating func skipSpace() {
        bytes = bytes.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard bytes.first == character.asciiValue else { return false }
        bytes.removeFirst()
        return true
    }

    private mutating func number() -> UInt64? {
        skipSpace()
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        bytes = bytes.dropFirst(digits.count)
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text += escaped
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
        case UInt8(ascii: "u"):
            guard var code = hex() else { return nil }
            if (0xD800..<0xDC00).contains(code) {
                guard bytes.popFirst() == UInt8(ascii: "\\"), bytes.popFirst() == UInt8(ascii: "u"),
                    let low = hex(), (0xDC00..<0xE000).contains(low)
                else { return nil }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            return Unicode.Scalar(code).map { Array(String($0).utf8) }
        default: return [byte]
        }
    }

    private mutating func hex() -> UInt32? {
        guard bytes.count >= 4 else { return nil }
        defer { bytes = bytes.dropFirst(4) }
        return UInt32(String(decoding: bytes.prefix(4), as: UTF8.self), radix: 16)
    }
}
