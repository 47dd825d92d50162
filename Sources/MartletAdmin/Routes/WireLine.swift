// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// A line of the protocol, made of what a request says.
struct WireLine: Sendable {
    private var bytes: [UInt8]

    /// Begins a line with words that need no escapes.
    init(_ words: String) {
        bytes = Array(words.utf8)
    }

    /// Adds a positional field.
    mutating func add(_ field: [UInt8], after prefix: String = "") {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: prefix.utf8)
        append(field)
    }

    /// Adds an option; without a value it is a word alone.
    mutating func add(option name: String, _ value: WireValue) {
        bytes.append(contentsOf: " \(name)".utf8)
        guard let value = value.bytes else { return }
        bytes.append(UInt8(ascii: "="))
        append(value)
    }

    /// What the line commands.
    ///
    /// - Throws: what the wire would answer.
    func command() throws(Refusal) -> Command {
        guard bytes.count <= Limits.line else {
            throw Refusal(.lineTooLong, "expected less: this would be longer than a line of the protocol may be")
        }
        let result: Result<Command?, Refusal> = bytes.withUnsafeBytes { bytes in
            Result { () throws(Refusal) in try CommandParser.parse(bytes) }
        }
        guard let command = try result.get() else { throw Refusal(.badCommand, "it asks for nothing") }
        return command
    }

    private mutating func append(_ value: [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in value {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}
