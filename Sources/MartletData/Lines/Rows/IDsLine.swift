// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Ids of a topic that are remembered, hashed with the `idKey`: a repeat of one is not stored again.
struct IDsLine: Codable {
    struct IDLine: Codable {
        var offset: UInt64
        var hash: UInt64
        var sum: UInt32
    }

    static let type = "ids"
    var type = IDsLine.type
    var topic: String
    var time: UInt64
    var ids: [IDLine]

    init(_ topic: String, _ ids: [MessageID]) {
        (self.topic, time) = (topic, ids.first?.time ?? 0)
        self.ids = ids.map { IDLine(offset: $0.offset, hash: $0.hash, sum: $0.sum) }
    }

    func operation(topic: UInt64) -> StoreOperation {
        .rememberIDs(
            topic: topic, ids: ids.map { MessageID(hash: $0.hash, offset: $0.offset, sum: $0.sum, time: time) })
    }
}
