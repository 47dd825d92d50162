// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

/// The file that the shim writes is read as it was meant.
struct TraceTests {
    private func record(
        kind: UInt32, object: UInt32 = 1, begin: UInt64, end: UInt64, offset: Int64 = 0, result: Int64 = 0,
        detail: UInt32 = 0, bytes: [UInt8] = []
    ) -> [UInt8] {
        func little(_ number: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        return little(kind) + little(object) + little(begin) + little(end) + little(offset) + little(result)
            + little(detail) + little(UInt32(bytes.count)) + bytes
    }

    private func read(_ bytes: [UInt8]) throws -> Trace {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-trace-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(filePath: path))
        return try Trace(path: path)
    }

    @Test func `records are read with their bytes, in the order in which the calls began`() throws {
        let trace = try read(
            record(kind: 7, begin: 5, end: 6)
                + record(kind: 6, begin: 3, end: 4, offset: 8_192, result: 3, detail: 1, bytes: [7, 8, 9]))
        #expect(trace.entries.map(\.kind) == [.written, .flushed])
        #expect(trace.entries[0].offset == 8_192)
        #expect(trace.entries[0].detail == 1)
        #expect(Array(trace.entries[0].bytes) == [7, 8, 9])
        #expect(trace.entries[0].concerns(.data))
        #expect(trace.entries[1].end == 6)
    }

    @Test(arguments: [1, 47, 48, 50])
    func `a last record that is cut is left out`(length: Int) throws {
        let whole = record(kind: 7, begin: 1, end: 2)
        let cut = record(kind: 6, begin: 3, end: 4, result: 3, bytes: [7, 8, 9]).prefix(length)
        #expect(try read(whole + cut).entries.map(\.kind) == [.flushed])
    }

    @Test func `an unknown record is refused`() {
        #expect(throws: ProcessFailure.self) { try read(record(kind: 99, begin: 1, end: 2)) }
    }
}
