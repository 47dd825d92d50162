// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A record of some space; one that is gone is there with its version as long as that is remembered.
struct StateLine: Codable {
    static let type = "state"
    var type = StateLine.type
    var space: String
    var key: LineBytes
    var version: UInt64
    var time: UInt64
    var expires: UInt64?
    var value: LineBytes

    init(_ record: StateRecord) {
        (space, key, version) = (record.space, LineBytes(record.key), record.version)
        (time, expires, value) = (record.time, record.expires, LineBytes(record.value))
    }

    func operation() throws -> StoreOperation {
        guard !space.isEmpty, space.utf8.count <= 200, (1...200).contains(key.bytes.count) else {
            throw DataError(.refused, "a record has no space or key, or one that is too long")
        }
        let record = StateRecord(
            space: space, key: key.bytes, version: version, time: time, expires: expires, value: value.bytes)
        return .putRow(record.row, replacing: nil)
    }
}
