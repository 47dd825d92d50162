// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Writes lines of JSON, and counts them.
struct LineWriter {
    private static let portion = 1 << 18

    private let encoder = JSONEncoder()
    private var buffer: [UInt8] = []
    private let write: ([UInt8]) throws -> Void
    private(set) var lines = 0
    private(set) var bytes = 0

    init(_ write: @escaping ([UInt8]) throws -> Void) {
        self.write = write
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    mutating func append(_ line: some Encodable) throws {
        buffer += try encoder.encode(line)
        buffer.append(UInt8(ascii: "\n"))
        lines += 1
        if buffer.count >= Self.portion { try flush() }
    }

    mutating func flush() throws {
        try write(buffer)
        bytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
