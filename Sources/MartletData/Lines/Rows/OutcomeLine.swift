// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What became of a transaction.
struct OutcomeLine: Codable {
    static let type = "outcome"
    var type = OutcomeLine.type
    var id: LineBytes
    var committed: Bool
    var expires: UInt64

    func operation() throws -> StoreOperation {
        guard (1...200).contains(id.bytes.count) else { throw DataError(.refused, "an outcome has no id") }
        return .putRow(StoredOutcome(id: id.bytes, isCommitted: committed, expiresAt: expires).row, replacing: nil)
    }
}
