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
