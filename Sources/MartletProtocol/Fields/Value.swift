// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Reads the values that fields hold.
enum Value {
    /// A field as it may be shown in an error, cut to a length that cannot fill a screen.
    static func shown(_ field: UnsafeRawBufferPointer) -> String {
        let kept = field.prefix(40).map { ASCII.isFieldByte($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: kept, as: UTF8.self) + (field.count > 40 ? "..." : "")
    }

    /// A decimal number without sign or leading zeros, at most 2^63-1.
    @inline(__always)
    static func number(_ field: UnsafeRawBufferPointer) -> UInt64? {
        guard !field.isEmpty, field.count <= 19, field.count == 1 || field[0] != ASCII.zero else { return nil }
        var number: UInt64 = 0
        for byte in field {
            let digit = byte &- ASCII.zero
            guard digit <= 9 else { return nil }
            number = number &* 10 &+ UInt64(digit)
        }
        return number <= Limits.number ? number : nil
    }

    /// A number within bounds, or an error that names the field and the bounds.
    static func number(
        _ field: UnsafeRawBufferPointer, _ name: StaticString, _ range: ClosedRange<UInt64>,
        code: ErrorCode = .badOption
    ) throws(Refusal) -> UInt64 {
        guard let number = number(field), range.contains(number) else {
            throw Refusal(code, "\(name): expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A duration within bounds, or an error that names the field and the bounds.
    static func duration(
        _ field: UnsafeRawBufferPointer, _ name: StaticString, _ range: ClosedRange<Int>,
        code: ErrorCode = .badOption
    ) throws(Refusal) -> Int {
        guard let duration = DurationCoding.decode(field), range.contains(duration) else {
            throw Refusal(
                code,
                "\(name): expected a duration (500ms, 30s, 7d) from \(DurationCoding.encode(range.lowerBound)) to "
                    + DurationCoding.encode(range.upperBound)
            )
        }
        return duration
    }

    /// A duration within bounds, or 0 for the word `none`.
    static func durationOrNone(
        _ field: UnsafeRawBufferPointer, _ name: StaticString, _ range: ClosedRange<Int>
    ) throws(Refusal) -> Int {
        if isNone(field) { return 0 }
        do throws(Refusal) {
            return try duration(field, name, range)
        } catch {
            throw Refusal(error.code, error.text + ", or none")
        }
    }

    /// A number within bounds, or 0 for the word `none`.
    static func numberOrNone(
        _ field: UnsafeRawBufferPointer, _ name: StaticString, _ range: ClosedRange<UInt64>
    ) throws(Refusal) -> UInt64 {
        if isNone(field) { return 0 }
        do throws(Refusal) {
            return try number(field, name, range)
        } catch {
            throw Refusal(error.code, error.text + ", or none")
        }
    }

    private static func isNone(_ field: UnsafeRawBufferPointer) -> Bool { field.elementsEqual("none".utf8) }

    /// The bytes behind `%XX`; nil where a `%` is not followed by two hexadecimal digits.
    static func bytes(_ field: UnsafeRawBufferPointer) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(field.count)
        var index = 0
        while index < field.count {
            if field[index] == ASCII.percent {
                guard index + 2 < field.count, let high = ASCII.hexValue(field[index + 1]),
                    let low = ASCII.hexValue(field[index + 2])
                else { return nil }
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(field[index])
                index += 1
            }
        }
        return bytes
    }

    /// Bytes that name something: 1 to 200, or another limit, without spaces and control characters.
    static func identifier(
        _ field: UnsafeRawBufferPointer, _ name: StaticString, _ limit: Int = Limits.identifier,
        code: ErrorCode = .badOption
    ) throws(Refusal) -> [UInt8] {
        guard let bytes = bytes(field), (1...limit).contains(bytes.count),
            bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw badIdentifier(name, limit, code) }
        return bytes
    }

    static func badIdentifier(
        _ name: StaticString, _ limit: Int = Limits.identifier, _ code: ErrorCode = .badOption
    ) -> Refusal {
        Refusal(code, "\(name): expected 1 to \(limit) bytes without spaces and control characters")
    }

    /// Text of a limited size without control characters.
    static func text(
        _ field: UnsafeRawBufferPointer, _ name: StaticString, _ limit: Int, code: ErrorCode = .badOption
    ) throws(Refusal) -> String {
        guard let bytes = bytes(field), bytes.count <= limit, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            throw Refusal(
                code,
                "\(name): expected at most \(limit) bytes of UTF-8 without control characters, others as %XX")
        }
        return text
    }

    /// A name that a client may give to something.
    static func name(_ field: UnsafeRawBufferPointer, _ what: StaticString) throws(Refusal) -> String {
        guard Name.isValid(field) else { throw badName(what) }
        return String(decoding: field, as: UTF8.self)
    }

    /// A name that a client may look at, those of the broker included.
    static func readableName(_ field: UnsafeRawBufferPointer, _ what: StaticString) throws(Refusal) -> String {
        guard Name.isReadable(field) else { throw badName(what) }
        return String(decoding: field, as: UTF8.self)
    }

    static func badName(_ what: StaticString) -> Refusal {
        Refusal(
            .badName, "\(what): expected words of A-Z a-z 0-9 _ - joined by dots, at most \(Limits.name) bytes")
    }

    /// A list of tags and ranges: `7`, `7,9`, `100-163,170`.
    static func tags(_ field: UnsafeRawBufferPointer) throws(Refusal) -> [ClosedRange<UInt64>] {
        var tags: [ClosedRange<UInt64>] = []
        for part in field.split(separator: ASCII.comma, omittingEmptySubsequences: false) {
            guard let range = tagRange(UnsafeRawBufferPointer(rebasing: part)) else {
                throw Refusal(.badArgument, "tags: expected numbers and ranges such as 7,9 or 100-163,170")
            }
            tags.append(range)
        }
        return merged(tags)
    }

    /// The ranges in order, those that overlap as one, so that no tag is meant twice.
    private static func merged(_ tags: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        guard tags.count > 1 else { return tags }
        return tags.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
    }

    /// One tag, or one range of tags.
    @inline(__always)
    static func tagRange(_ field: UnsafeRawBufferPointer) -> ClosedRange<UInt64>? {
        guard let dash = field.firstIndex(of: ASCII.dash) else {
            guard let tag = number(field), tag > 0 else { return nil }
            return tag...tag
        }
        guard let first = number(UnsafeRawBufferPointer(rebasing: field[..<dash])), first > 0,
            let last = number(UnsafeRawBufferPointer(rebasing: field[(dash + 1)...])), first <= last
        else { return nil }
        return first...last
    }
}
