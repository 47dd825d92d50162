// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Reads the attempts of a dead letter, as `DeadLetter` writes them: a list of objects of texts and numbers.
struct AttemptList {
    private var rest: Slice<UnsafeRawBufferPointer>

    /// The attempts that a header tells; none when it is not what the broker wrote.
    static func read(_ json: UnsafeRawBufferPointer) -> [Attempt] {
        var reader = AttemptList(rest: json[...])
        return reader.list() ?? []
    }

    private mutating func list() -> [Attempt]? {
        guard take("[") else { return nil }
        var attempts: [Attempt] = []
        while take("{") {
            guard let attempt = object() else { return nil }
            attempts.append(attempt)
            _ = take(",")
        }
        return take("]") ? attempts : nil
    }

    private mutating func object() -> Attempt? {
        var texts: [String: String] = [:]
        var numbers: [String: UInt64] = [:]
        while !take("}") {
            guard let name = string(), take(":") else { return nil }
            if let text = string() {
                texts[name] = text
            } else {
                numbers[name] = number()
            }
            _ = take(",")
        }
        guard let outcome = texts["outcome"].flatMap(AttemptOutcome.init) else { return nil }
        return Attempt(
            time: numbers["time"] ?? 0, consumer: texts["consumer"] ?? "", outcome: outcome, code: texts["code"] ?? "",
            duration: numbers["ms"] ?? 0)
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func number() -> UInt64? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else {
            rest = rest[rest.endIndex...]
            return nil
        }
        rest = rest[digits.endIndex...]
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "u"):
                let code = UInt32(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16)
                rest = rest.dropFirst(4)
                bytes += String(Character(code.flatMap(Unicode.Scalar.init) ?? "?")).utf8
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "r"): bytes.append(13)
            default: bytes.append(escaped)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
