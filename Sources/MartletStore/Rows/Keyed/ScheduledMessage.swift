// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A message that is not visible yet.
package struct ScheduledMessage: Equatable, Sendable {
    /// The id of its topic.
    package var topic: UInt64
    /// When it becomes visible, in Unix milliseconds: by the wall's clock or by the broker's due time.
    package var due: UInt64
    /// Its number, which is never used again and counts up.
    package var number: UInt64
    /// Whether its time was named by the clock of the wall.
    package var isAbsolute: Bool
    /// How long it is delivered from then on, in milliseconds; 0 is without end.
    package var ttl: UInt64
    /// The message's record, without times.
    package var record: [UInt8]

    /// Makes a scheduled message.
    package init(topic: UInt64, due: UInt64, number: UInt64, isAbsolute: Bool, ttl: UInt64, record: [UInt8]) {
        self.topic = topic
        self.due = due
        self.number = number
        self.isAbsolute = isAbsolute
        self.ttl = ttl
        self.record = record
    }

    /// Where its row lies.
    package var table: KeyedRow.Table { isAbsolute ? .scheduledAt : .scheduled }

    /// The key of a row; without due time and number, what the keys of a topic begin with.
    package static func rowKey(topic: UInt64, _ place: UInt64...) -> [UInt8] {
        ([topic] + place).flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    }

    /// The key of its row.
    package var key: [UInt8] { Self.rowKey(topic: topic, due, number) }

    /// Its row.
    package var row: KeyedRow {
        var writer = RowWriter()
        writer.byte(isAbsolute ? 1 : 0)
        writer.number(ttl)
        writer.raw(record)
        return KeyedRow(table: table, key: key, value: writer.bytes, expiresAt: due)
    }

    /// Reads a row.
    ///
    /// - Throws: `damaged` when it is not one.
    package init(_ row: KeyedRow) throws(StoreError) {
        guard row.key.count == 24 else { throw StoreError(.damaged, "a scheduled message has a key of another kind") }
        let numbers = row.key.withUnsafeBytes { key in [0, 8, 16].map { key.keyNumber(at: $0) } }
        self.init(topic: numbers[0], due: numbers[1], number: numbers[2], isAbsolute: false, ttl: 0, record: [])
        try row.read { reader throws(StoreError) in
            isAbsolute = try reader.byte() != 0
            ttl = try reader.number()
            record = Array(reader.remainder)
        }
    }

    /// Its id, or nil.
    package var id: [UInt8]? {
        record.withUnsafeBytes { StoredMessage.fields(of: $0).flatMap { $0.id.isEmpty ? nil : Array($0.id) } }
    }

    /// The row by which its id is found.
    package func idRow(_ id: [UInt8]) -> KeyedRow {
        var writer = RowWriter()
        for value in [due, number, isAbsolute ? 1 : 0] { writer.number(value) }
        return KeyedRow(table: .scheduledIDs, key: Self.idKey(topic: topic, id), value: writer.bytes, expiresAt: nil)
    }

    /// The key of the row of an id; with an empty id, what the keys of a topic begin with.
    package static func idKey(topic: UInt64, _ id: [UInt8]) -> [UInt8] { rowKey(topic: topic) + id }

    /// Where the message lies of which the row of an id tells.
    package static func place(_ row: KeyedRow) throws(StoreError) -> (table: KeyedRow.Table, key: [UInt8]) {
        var numbers: [UInt64] = []
        try row.read { reader throws(StoreError) in
            for _ in 0..<3 { numbers.append(try reader.number()) }
        }
        let key = Array(row.key.prefix(8)) + rowKey(topic: numbers[0], numbers[1])
        return (numbers[2] != 0 ? .scheduledAt : .scheduled, key)
    }
}
