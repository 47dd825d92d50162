// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension StoredTopic {
    /// Bytes for settings to come.
    private static let room = 6

    var encoded: [UInt8] {
        var row = RowWriter()
        row.text(name)
        row.byte(settings.retention.rawValue)
        row.byte(settings.unsettled.rawValue)
        row.number(firstScheduled)
        row.byte(hasExpiring ? 1 : 0)
        row.reserved(Self.room)
        for value in [settings.maxAge, settings.maxBytes, settings.maxMessages, settings.dedupWindow] {
            row.number(value)
        }
        for value in [first, next, total, trimmed, firstID, lastTime] { row.number(value) }
        return row.bytes
    }

    init(id: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        self.init(id: id, name: try row.text(), settings: TopicSettings())
        settings.retention = try Self.retention(try row.byte(), of: name)
        guard let unsettled = Unsettled(rawValue: try row.byte()) else {
            throw StoreError(.damaged, "topic '\(name)' does something unknown with unsettled messages")
        }
        settings.unsettled = unsettled
        firstScheduled = try row.number()
        hasExpiring = try row.byte() != 0
        try row.reserved(Self.room)
        settings.maxAge = try row.number()
        settings.maxBytes = try row.number()
        settings.maxMessages = try row.number()
        settings.dedupWindow = try row.number()
        first = try row.number()
        next = try row.number()
        total = try row.number()
        trimmed = try row.number()
        firstID = try row.number()
        lastTime = try row.number()
    }

    static func retention(_ byte: UInt8, of name: String) throws(StoreError) -> Retention {
        guard let retention = Retention(rawValue: byte) else {
            throw StoreError(.damaged, "topic '\(name)' has an unknown retention")
        }
        return retention
    }
}
