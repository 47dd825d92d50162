// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

extension StoredTopic {
    var encoded: [UInt8] {
        var row = RowWriter()
        row.text(name)
        row.byte(settings.retention.rawValue)
        for value in [settings.maxAge, settings.maxBytes, settings.maxMessages, first, next, total, trimmed] {
            row.number(value)
        }
        row.number(settings.dedupWindow)
        row.number(firstID)
        return row.bytes
    }

    init(id: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        self.init(id: id, name: try row.text(), settings: TopicSettings())
        guard let retention = Retention(rawValue: try row.byte()) else {
            throw StoreError(.damaged, "topic '\(name)' has an unknown retention")
        }
        settings.retention = retention
        settings.maxAge = try row.number()
        settings.maxBytes = try row.number()
        settings.maxMessages = try row.number()
        first = try row.number()
        next = try row.number()
        total = try row.number()
        trimmed = try row.number()
        guard !row.isAtEnd else { return }
        settings.dedupWindow = try row.number()
        firstID = try row.number()
    }
}
