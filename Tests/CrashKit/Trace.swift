// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the shim wrote down about a broker's calls, in the order in which they began.
struct Trace {
    /// What a call did; the numbers are those of `shim.h`.
    enum Kind: UInt32 {
        case accepted = 1
        case closed = 2
        case received = 3
        case sent = 4
        case opened = 5
        case written = 6
        case flushed = 7
        case truncated = 8
        case unforeseen = 9
        case failed = 10
        case renamed = 11
    }

    /// A file of the data folder; the numbers are those of `shim.h`.
    enum File: Hashable {
        case data, other, folder
        /// A segment of the journal.
        case journal(Int)

        /// The files that hold what was confirmed.
        static let kept = [data] + (0..<8).map { journal($0) }

        var number: Int {
            switch self {
            case .data: 1
            case .other: 2
            case .folder: 3
            case .journal(let segment): 4 + segment
            }
        }

        /// Its name in the folder.
        var name: String {
            switch self {
            case .data: "data.mdb"
            case .journal(let segment): "journal.\(segment)"
            case .folder, .other: ""
            }
        }
    }

    /// How a file was opened, in the detail of an entry.
    enum Opening {
        static let asDraft = 1
        static let asNew = 2
    }

    struct Entry {
        var kind: Kind
        /// The number of a connection, or a file.
        var object: Int
        /// Where its begin and its end stand among all begins and ends.
        var begin: UInt64
        var end: UInt64
        var offset = 0
        var result = 0
        var detail = 0
        var bytes: ArraySlice<UInt8> = []

        /// Whether its object is a file.
        var isOnFile: Bool { [.opened, .written, .flushed, .truncated, .unforeseen, .renamed].contains(kind) }

        func concerns(_ file: File) -> Bool { object == file.number }
    }

    private static let headerSize = 48

    var entries: [Entry]

    init(_ entries: [Entry]) {
        self.entries = entries.sorted { $0.begin < $1.begin }
    }

    /// Reads the file of a trace; a last record that is cut, by a kill, is left out.
    init(path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        var entries: [Entry] = []
        var at = 0
        while at + Self.headerSize <= bytes.count {
            let header = bytes[at..<(at + Self.headerSize)]
            let length = Int(Self.number(header, 44, UInt32.self))
            guard at + Self.headerSize + length <= bytes.count else { break }
            guard let kind = Kind(rawValue: Self.number(header, 0, UInt32.self)) else {
                throw ProcessFailure(description: "the trace has an unknown record at byte \(at)")
            }
            let body = (at + Self.headerSize)..<(at + Self.headerSize + length)
            entries.append(
                Entry(
                    kind: kind, object: Int(Self.number(header, 4, UInt32.self)),
                    begin: Self.number(header, 8, UInt64.self), end: Self.number(header, 16, UInt64.self),
                    offset: Int(Self.number(header, 24, Int64.self)), result: Int(Self.number(header, 32, Int64.self)),
                    detail: Int(Self.number(header, 40, UInt32.self)), bytes: bytes[body]))
            at = body.upperBound
        }
        self.init(entries)
    }

    private static func number<Number: FixedWidthInteger>(
        _ header: ArraySlice<UInt8>, _ offset: Int, _ type: Number.Type
    ) -> Number {
        header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }.littleEndian
    }
}
