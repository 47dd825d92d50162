// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// A topic with its settings.
struct TopicLine: Codable {
    static let type = "topic"

    var type = TopicLine.type
    var id: UInt64
    var name: String
    var retention: String
    var unsettled: String
    var maxAge: UInt64
    var maxBytes: UInt64
    var maxMessages: UInt64
    var dedupWindow: UInt64
    var first: UInt64
    var next: UInt64
    var total: UInt64
    var trimmed: UInt64
    var firstID: UInt64
    var lastTime: UInt64
    var firstScheduled: UInt64
    var hasExpiring: Bool

    init(_ row: StoredTopic) {
        (id, name) = (row.id, row.name)
        (retention, unsettled) = (row.settings.retention.word, row.settings.unsettled.word)
        (maxAge, maxBytes, maxMessages) = (row.settings.maxAge, row.settings.maxBytes, row.settings.maxMessages)
        dedupWindow = row.settings.dedupWindow
        (first, next, total, trimmed) = (row.first, row.next, row.total, row.trimmed)
        (firstID, lastTime, firstScheduled) = (row.firstID, row.lastTime, row.firstScheduled)
        hasExpiring = row.hasExpiring
    }

    func row() throws -> StoredTopic {
        guard let retention = Retention(word: retention), let unsettled = Unsettled(word: unsettled) else {
            throw DataError(.refused, "topic '\(name)' has settings that this martlet does not know")
        }
        guard !name.isEmpty, name.utf8.count <= 255, first >= 1, first <= next else {
            throw DataError(.refused, "topic '\(name)' has no name, or ends before it begins")
        }
        var row = StoredTopic(id: id, name: name, settings: TopicSettings())
        (row.settings.retention, row.settings.unsettled) = (retention, unsettled)
        (row.settings.maxAge, row.settings.maxBytes, row.settings.maxMessages) = (maxAge, maxBytes, maxMessages)
        row.settings.dedupWindow = dedupWindow
        (row.first, row.next, row.total, row.trimmed) = (first, next, total, trimmed)
        (row.firstID, row.lastTime, row.firstScheduled) = (firstID, lastTime, firstScheduled)
        row.hasExpiring = hasExpiring
        return row
    }
}
