// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What ended some messages of a position when that was not an ack.
struct EndingLine: Codable {
    static let type = "ending"
    var type = EndingLine.type
    var position: UInt64
    var kind: UInt8
    var first: UInt64
    var last: UInt64
    var time: UInt64
    var reason: String?
    var by: String?
    var note: String?
    var copyTopic: UInt64?
    var copyOffset: UInt64?

    init(_ position: UInt64, _ ending: Ending) {
        (self.position, kind, first, last) = (position, ending.kind.rawValue, ending.first, ending.last)
        time = ending.time
        reason = ending.reason.isEmpty ? nil : ending.reason
        by = ending.by.isEmpty ? nil : ending.by
        note = ending.note.isEmpty ? nil : ending.note
        copyTopic = ending.copyTopic == 0 ? nil : ending.copyTopic
        copyOffset = ending.copyOffset == 0 ? nil : ending.copyOffset
    }

    func operation() throws -> StoreOperation {
        guard let kind = Ending.Kind(rawValue: kind), first <= last, last < 1 << 62 else {
            throw DataError(.refused, "the ending is of an unknown kind, or ends before it begins")
        }
        var ending = Ending(kind, first: first, last: last, time: time)
        (ending.reason, ending.by, ending.note) = (reason ?? "", by ?? "", note ?? "")
        (ending.copyTopic, ending.copyOffset) = (copyTopic ?? 0, copyOffset ?? 0)
        return .putEnding(position: position, ending)
    }
}
