// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// Checks arguments before they are written, so that errors name the argument and are told at once.
enum Check {
    /// A name that a client may give.
    static func name(_ name: String, _ what: StaticString) throws(ClientError) {
        guard Name.isValid(name) else {
            throw ClientError(
                .badArgument,
                "\(what): expected words of A-Z a-z 0-9 _ - joined by dots, at most \(Limits.name) bytes")
        }
    }

    /// A name that a client may look at, those of the broker included.
    static func readableName(_ name: String, _ what: StaticString) throws(ClientError) {
        if name.utf8.first == UInt8(ascii: "$") {
            guard Name.isReadable(name) else {
                throw ClientError(.badArgument, "\(what): '\(name.prefix(40))' is not a name")
            }
        } else {
            try self.name(name, what)
        }
    }

    /// An id, a key, a process or a cause.
    static func identifier(_ text: String, _ what: StaticString) throws(ClientError) {
        guard (1...Limits.identifier).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else {
            throw ClientError(
                .badArgument,
                "\(what): expected 1 to \(Limits.identifier) bytes without spaces and control characters")
        }
    }

    /// A body or a value.
    static func length(_ count: Int, _ what: StaticString, _ limit: Int) throws(ClientError) {
        guard count <= limit else { throw ClientError(.badArgument, "\(what): expected at most \(limit) bytes") }
    }

    /// A duration, as whole milliseconds.
    static func duration(
        _ duration: Duration, _ what: StaticString, _ range: ClosedRange<Int>
    ) throws(ClientError) -> Int {
        guard let milliseconds = Int(exactly: duration.milliseconds), range.contains(milliseconds) else {
            throw ClientError(
                .badArgument, "\(what): expected \(range.lowerBound) to \(range.upperBound) milliseconds")
        }
        return milliseconds
    }

    /// Free text, cut to a limit in bytes and rid of control characters.
    static func text(_ text: String, limit: Int) -> String {
        var kept = ""
        var count = 0
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || scalar.value == 0x7F
            let scalar = isControl ? " " : scalar
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}
