// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads a descriptor in pieces and hands out its complete lines.
struct LineReader {
    /// What one read brought.
    enum Chunk: Equatable {
        /// Complete lines without their LF or CR LF; there may be none yet.
        case lines([[UInt8]])
        /// The end, with the last line if no LF followed it.
        case end(last: [UInt8]?)
    }

    private let limit: Int
    private var partial: [UInt8] = []
    private var taken = 0

    /// A reader that refuses a line longer than `limit` bytes, so that a missing LF cannot fill the memory.
    init(limit: Int) {
        self.limit = limit
    }

    /// Reads a descriptor once, which blocks only when nothing is there.
    mutating func read(_ descriptor: Int32) throws(CommandFailure) -> Chunk {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 {
            guard errno == EINTR || errno == EAGAIN else {
                throw CommandFailure(.io, "cannot read standard input (\(String(cString: strerror(errno))))")
            }
            return .lines([])
        }
        return count == 0 ? try finish() : .lines(try split(buffer[..<count]))
    }

    /// Takes bytes and answers the lines that they complete.
    mutating func split(_ bytes: ArraySlice<UInt8>) throws(CommandFailure) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            try extend(rest[..<end])
            if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
            try check(partial.count)
            lines.append(partial)
            partial = []
            taken += 1
            rest = rest[(end + 1)...]
        }
        try extend(rest)
        return lines
    }

    /// The end of the input.
    mutating func finish() throws(CommandFailure) -> Chunk {
        defer { partial = [] }
        try check(partial.count)
        return .end(last: partial.isEmpty ? nil : partial)
    }

    private mutating func extend(_ bytes: ArraySlice<UInt8>) throws(CommandFailure) {
        partial.append(contentsOf: bytes)
        // The last byte may be the CR of a line end that is still to come.
        try check(partial.last == UInt8(ascii: "\r") ? partial.count - 1 : partial.count)
    }

    private func check(_ count: Int) throws(CommandFailure) {
        guard count <= limit else {
            throw CommandFailure(
                .usage, "line \(taken + 1) is longer than a body may be (the broker takes at most \(limit) bytes)")
        }
    }
}
