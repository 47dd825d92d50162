// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads lines, each of which ends in a newline.
struct LineSource {
    private static let portion = 1 << 18
    /// The longest line: the largest message, all of it escaped.
    private static let longest = 160 << 20

    private let descriptor: Int32
    private let name: String
    private var buffer: [UInt8] = []
    private var start = 0
    private var searched = 0
    private(set) var number = 0

    init(_ descriptor: Int32, named name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// The next line without its end; nil behind the last.
    mutating func next() throws -> [UInt8]? {
        while true {
            if let end = buffer[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { (start, searched) = (end + 1, end + 1) }
                number += 1
                return Array(buffer[start..<end])
            }
            searched = buffer.count
            guard buffer.count - start <= Self.longest else {
                throw DataError(.refused, "line \(number + 1) is too long")
            }
            if start > 0 {
                buffer.removeFirst(start)
                (searched, start) = (searched - start, 0)
            }
            guard try fill() else {
                guard start == buffer.count else {
                    throw DataError(.damaged, "line \(number + 1) has no end: '\(name)' was cut off")
                }
                return nil
            }
        }
    }

    private mutating func fill() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: Self.portion)
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                #if canImport(Glibc)
                Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                #else
                Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw OutputFile.failure("cannot read '\(name)'") }
            buffer += bytes.prefix(count)
            return count > 0
        }
    }
}
