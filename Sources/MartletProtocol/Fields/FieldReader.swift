// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Takes the fields of a line one by one.
struct FieldReader {
    private var rest: UnsafeRawBufferPointer
    private var ended = false

    init(_ line: UnsafeRawBufferPointer) {
        rest = line
    }

    /// The next field; nil at the end of the line.
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
