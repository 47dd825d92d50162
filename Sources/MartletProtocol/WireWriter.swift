// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Writes lines into memory that is known to be large enough.
///
/// The caller reserves the space; each function says how much it needs at most.
struct WireWriter {
    private let base: UnsafeMutableRawPointer
    private(set) var count = 0

    /// Starts at the beginning of `space`.
    init(_ space: UnsafeMutableRawBufferPointer) {
        // SAFETY: callers reserve at least one byte, so the buffer has a base.
        base = space.baseAddress!
    }

    /// Writes one byte.
    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        // SAFETY: the caller reserved the space, as the type demands.
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// Writes text of the program.
    @inline(__always)
    mutating func text(_ text: StaticString) {
        // SAFETY: a static string has its bytes at utf8Start; the caller reserved the space.
        (base + count).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    /// Writes bytes as they are.
    @inline(__always)
    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        // SAFETY: the caller reserved the space.
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    /// Writes a number: at most 20 bytes.
    @inline(__always)
    mutating func number(_ number: UInt64) {
        let width = Self.width(of: number)
        var rest = number
        var at = count &+ width
        repeat {
            at &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            // SAFETY: the caller reserved 20 bytes, the most that a number needs.
            base.storeBytes(of: ASCII.zero &+ UInt8(truncatingIfNeeded: digit), toByteOffset: at, as: UInt8.self)
            rest = quotient
        } while rest != 0
        count &+= width
    }

    /// Writes a duration, with a sign where it is one that the broker refuses: at most 23 bytes.
    mutating func milliseconds(_ duration: Int) {
        if duration < 0 { byte(ASCII.dash) }
        number(UInt64(duration.magnitude))
        text("ms")
    }

    /// Writes an option whose value may hold any byte: at most 2 + name + 3 times the value.
    mutating func option(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        guard !value.isEmpty else { return }
        text(name)
        field(value)
    }

    /// Writes a value that may hold any byte: at most 3 times its size.
    mutating func field(_ value: UnsafeRawBufferPointer) {
        for byte in value {
            if ASCII.isPlain(byte) {
                self.byte(byte)
            } else {
                self.byte(ASCII.percent)
                self.byte(Self.hexDigit(byte >> 4))
                self.byte(Self.hexDigit(byte & 15))
            }
        }
    }

    /// Writes a line end: 2 bytes.
    @inline(__always)
    mutating func lineEnd() {
        byte(ASCII.cr)
        byte(ASCII.lf)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? ASCII.zero + value : UInt8(ascii: "A") + value - 10
    }

    @inline(__always)
    private static func width(of number: UInt64) -> Int {
        if number < 10 { return 1 }
        if number < 100 { return 2 }
        var width = 2
        var rest = number / 100
        while rest != 0 {
            width &+= 1
            rest /= 10
        }
        return width
    }
}
