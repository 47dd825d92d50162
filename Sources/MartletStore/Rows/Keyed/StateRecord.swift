// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A versioned record of some space: what is known about one process.
package struct StateRecord: Equatable, Sendable {
    /// Its space.
    package var space: String
    /// Its key within the space.
    package var key: [UInt8]
    /// Counts up by one with each change, from 1.
    package var version: UInt64
    /// When it was changed, in Unix milliseconds.
    package var time: UInt64
    /// From when on it is as if it were not there, in Unix milliseconds, if ever.
    package var expires: UInt64?
    /// Its value.
    package var value: [UInt8]

    /// How long the version of a record that is gone is remembered, so that one who knew it cannot mistake its
    /// successor for it, in milliseconds.
    package static let memory: UInt64 = 86_400_000

    /// Makes a record.
    package init(space: String, key: [UInt8], version: UInt64, time: UInt64, expires: UInt64?, value: [UInt8]) {
        self.space = space
        self.key = key
        self.version = version
        self.time = time
        self.expires = expires
        self.value = value
    }

    /// Whether it is there at that time.
    package func exists(at time: UInt64) -> Bool { expires.map { $0 > time } ?? true }

    /// The key of the row of a record; with an empty key, what the keys of a space begin with.
    package static func rowKey(space: String, key: [UInt8]) -> [UInt8] {
        // The length keeps the keys of one space from those of another that begins with its name.
        [UInt8(space.utf8.count)] + Array(space.utf8) + key
    }

    /// The row of the record.
    package var row: KeyedRow {
        var writer = RowWriter()
        writer.number(version)
        writer.number(time)
        writer.number(expires ?? .max)
        writer.raw(value)
        return KeyedRow(
            table: .state, key: Self.rowKey(space: space, key: key), value: writer.bytes,
            expiresAt: expires.map { $0 + Self.memory })
    }

    /// Reads a row.
    ///
    /// - Throws: `damaged` when it is not one.
    package init(_ row: KeyedRow) throws(StoreError) {
        guard let length = row.key.first.map(Int.init), length > 0, row.key.count > length else {
            throw StoreError(.damaged, "a record has a key of \(row.key.count) bytes")
        }
        self.init(
            space: String(decoding: row.key[1...length], as: UTF8.self),
            key: Array(row.key[(length + 1)...]), version: 0, time: 0, expires: nil, value: []
        )
        try row.read { reader throws(StoreError) in
            version = try reader.number()
            time = try reader.number()
            let expires = try reader.number()
            self.expires = expires == .max ? nil : expires
            value = Array(reader.remainder)
        }
    }

    /// Bytes of a row's value before the record's.
    package static let header = 24
}
