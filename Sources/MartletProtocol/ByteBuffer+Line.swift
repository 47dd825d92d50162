// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore

// The parts of a line, written into a buffer that grows.
extension ByteBuffer {
    /// Writes a decimal number.
    mutating func writeNumber(_ number: UInt64) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { space in
            var writer = WireWriter(space)
            writer.number(number)
            return writer.count
        }
    }

    /// Writes a decimal number, with a sign where it is one that the broker refuses.
    mutating func writeNumber(_ number: Int) {
        if number < 0 { writeInteger(ASCII.dash) }
        writeNumber(UInt64(number.magnitude))
    }

    /// Writes a space and a number.
    mutating func writePart(_ number: Int) {
        writeInteger(ASCII.space)
        writeNumber(number)
    }

    /// Writes a space and a number.
    mutating func writePart(_ number: UInt64) {
        writeInteger(ASCII.space)
        writeNumber(number)
    }

    /// Writes a space and a value that may hold any byte.
    mutating func writePart(_ value: [UInt8]) {
        writeInteger(ASCII.space)
        writeField(value)
    }

    /// Writes a space and a text.
    mutating func writePart(_ text: String) {
        writeInteger(ASCII.space)
        writeField(text)
    }

    /// Writes a value that may hold any byte.
    mutating func writeField(_ value: [UInt8]) { value.withUnsafeBytes { writeField($0) } }

    /// Writes a text; what may stand on a line as it is, such as a name, is not changed.
    mutating func writeField(_ text: String) {
        var text = text
        text.withUTF8 { writeField(UnsafeRawBufferPointer($0)) }
    }

    private mutating func writeField(_ value: UnsafeRawBufferPointer) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: max(3 * value.count, 1)) { space in
            var writer = WireWriter(space)
            writer.field(value)
            return writer.count
        }
    }

    /// Writes a duration in milliseconds, in the largest unit that divides it.
    mutating func writeDuration(_ milliseconds: Int) { writeString(DurationCoding.encode(milliseconds)) }

    /// Writes a duration as an option, whose name is given with its space and its `=`; nil writes nothing.
    mutating func writeOption(_ name: StaticString, duration: Int?) {
        guard let duration else { return }
        writeStaticString(name)
        writeDuration(duration)
    }

    /// Writes a number as an option, whose name is given with its space and its `=`; nil writes nothing.
    mutating func writeOption(_ name: StaticString, number: UInt64?) {
        guard let number else { return }
        writeStaticString(name)
        writeNumber(number)
    }

    /// Writes a number as an option, whose name is given with its space and its `=`; nil writes nothing.
    mutating func writeOption(_ name: StaticString, number: Int?) {
        guard let number else { return }
        writeStaticString(name)
        writeNumber(number)
    }

    /// Writes a duration as an option, or the word `none` for 0; nil writes nothing.
    mutating func writeOption(_ name: StaticString, durationOrNone duration: Int?) {
        if duration == 0 { writeOption(name, text: "none") } else { writeOption(name, duration: duration) }
    }

    /// Writes a number as an option, or the word `none` for 0; nil writes nothing.
    mutating func writeOption(_ name: StaticString, numberOrNone number: UInt64?) {
        if number == 0 { writeOption(name, text: "none") } else { writeOption(name, number: number) }
    }

    /// Writes a text as an option, whose name is given with its space and its `=`; nil writes nothing.
    mutating func writeOption(_ name: StaticString, text: String?) {
        guard let text else { return }
        writeStaticString(name)
        writeField(text)
    }

    /// Writes any bytes as an option, whose name is given with its space and its `=`; nil writes nothing.
    mutating func writeOption(_ name: StaticString, bytes: [UInt8]?) {
        guard let bytes else { return }
        writeStaticString(name)
        writeField(bytes)
    }
}
