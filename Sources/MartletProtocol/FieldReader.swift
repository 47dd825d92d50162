// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Takes the fields of a line one by one.
struct FieldReader {
    private var rest: UnsafeRawBufferPointer
    private var ended = false

    init(_ line: UnsafeRawBufferPointer) {
        rest = line
    }

    /// The next field, or nothing at the end of the line.
    mutating func next() throws(Refusal) -> UnsafeRawBufferPointer? {
        guard !ended else { return nil }
        var end = 0
        while end < rest.count, rest[end] != ASCII.space {
            guard ASCII.isFieldByte(rest[end]) else {
                throw Refusal(.badArgument, "expected printable ASCII in fields; write other bytes as %XX")
            }
            end += 1
        }
        guard end > 0 else { throw Refusal(.badArgument, "expected fields separated by exactly one space") }
        let field = UnsafeRawBufferPointer(rebasing: rest[..<end])
        if end == rest.count {
            ended = true
        } else {
            rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
        }
        return field
    }

    /// The next field, which must be there.
    mutating func required(_ name: StaticString) throws(Refusal) -> UnsafeRawBufferPointer {
        guard let field = try next() else { throw Refusal(.badArgument, "\(name): missing") }
        return field
    }

    /// Ends the line: a further field is an error.
    mutating func end() throws(Refusal) {
        var options = Options()
        while let option = try options.next(&self) { throw option.unknown }
    }
}

/// One option of a line.
struct Option {
    var name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer?

    init(_ field: UnsafeRawBufferPointer) {
        if let equals = field.firstIndex(of: ASCII.equals) {
            name = UnsafeRawBufferPointer(rebasing: field[..<equals])
            value = UnsafeRawBufferPointer(rebasing: field[(equals + 1)...])
        } else {
            name = field
        }
    }

    func isNamed(_ expected: StaticString) -> Bool {
        guard name.count == expected.utf8CodeUnitCount, let base = name.baseAddress else { return false }
        // SAFETY: a static string of ASCII has its bytes at utf8Start for the life of the process, and as many as name.
        return memcmp(base, expected.utf8Start, name.count) == 0
    }

    /// The error of an option that the command does not have.
    var unknown: Refusal {
        Refusal(.badOption, "\(Value.shown(name)): not an option of this command")
    }

    /// The error of an option that is given twice.
    var repeated: Refusal { Refusal(.badOption, "\(Value.shown(name)): given twice") }

    /// The value, which must be there.
    func required() throws(Refusal) -> UnsafeRawBufferPointer {
        guard let value else { throw Refusal(.badOption, "\(Value.shown(name)): expected a value after '='") }
        return value
    }

    /// Checks that a bare option carries no value.
    func bare() throws(Refusal) {
        guard value == nil else { throw Refusal(.badOption, "\(Value.shown(name)): expected no value") }
    }
}

/// Takes the options of a line one by one and refuses a repeated one.
struct Options {
    private var seen: [UnsafeRawBufferPointer] = []

    mutating func next(_ fields: inout FieldReader) throws(Refusal) -> Option? {
        guard let field = try fields.next() else { return nil }
        let option = Option(field)
        guard !seen.contains(where: { $0.elementsEqual(option.name) }) else { throw option.repeated }
        seen.append(option.name)
        return option
    }
}
