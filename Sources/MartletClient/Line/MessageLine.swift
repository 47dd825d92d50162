// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// The line of a `MSG`, the most frequent push, read without a string for each of its fields.
struct MessageLine {
    private(set) var consumer = 0
    private(set) var tag = 0
    private(set) var offset = 0
    private(set) var attempt = 0
    private(set) var time = 0
    private(set) var headerBytes = 0
    private(set) var bodyBytes = 0
    /// The other options, decoded.
    private(set) var options: [String: String] = [:]
    /// Those options as they came that are not UTF-8, so that `options` holds only what of them can be shown.
    private(set) var rawFields: [String: [UInt8]] = [:]

    /// Reads a line that begins with `MSG `; nil when version 1 of the protocol does not know it.
    init?(_ line: UnsafeRawBufferPointer) {
        var place = 0
        var start = 4
        while start <= line.count {
            let end = line[start...].firstIndex(of: UInt8(ascii: " ")) ?? line.count
            let field = UnsafeRawBufferPointer(rebasing: line[start..<end])
            start = end + 1
            if let equals = field.firstIndex(of: UInt8(ascii: "=")) {
                guard take(option: field, equals) else { return nil }
            } else {
                guard take(field, at: place) else { return nil }
                place += 1
            }
        }
        guard place >= 5, bodyBytes <= Limits.bodyCeiling, headerBytes <= 1 << 20 else { return nil }
    }

    private mutating func take(_ field: UnsafeRawBufferPointer, at place: Int) -> Bool {
        // Words behind the length are of a later version.
        guard place < 5 else { return true }
        guard let number = Self.number(field) else { return false }
        switch place {
        case 0: consumer = number
        case 1: tag = number
        case 2: offset = number
        case 3: attempt = number
        default: bodyBytes = number
        }
        return true
    }

    private mutating func take(option: UnsafeRawBufferPointer, _ equals: Int) -> Bool {
        let name = UnsafeRawBufferPointer(rebasing: option[..<equals])
        let value = UnsafeRawBufferPointer(rebasing: option[(equals + 1)...])
        if name.elementsEqual("time".utf8) {
            guard let number = Self.number(value) else { return false }
            time = number
        } else if name.elementsEqual("hdr".utf8) {
            guard let number = Self.number(value) else { return false }
            headerBytes = number
        } else {
            guard let bytes = FieldCoding.decode(value) else { return false }
            let name = String(decoding: name, as: UTF8.self)
            let text = String(validating: bytes, as: UTF8.self)
            options[name] = text ?? String(decoding: bytes, as: UTF8.self)
            if text == nil { rawFields[name] = bytes }
        }
        return true
    }

    /// A decimal number whose sum with another cannot overflow.
    private static func number(_ field: UnsafeRawBufferPointer) -> Int? {
        guard (1...19).contains(field.count) else { return nil }
        var number: UInt64 = 0
        for byte in field {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            number = number &* 10 &+ UInt64(digit)
        }
        return number <= UInt64(Int.max >> 1) ? Int(number) : nil
    }
}
