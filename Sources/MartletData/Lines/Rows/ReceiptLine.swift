// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The outcome of a message that a subscription has handled.
struct ReceiptLine: Codable {
    static let type = "receipt"
    var type = ReceiptLine.type
    var subscription: UInt64
    var key: LineBytes
    var outcome: String
    var time: UInt64
    var expires: UInt64

    func operation() throws -> StoreOperation {
        guard (1...200).contains(key.bytes.count), outcome.utf8.count <= 65_535 else {
            throw DataError(.refused, "a receipt has no key, or more than a row can hold")
        }
        let receipt = Receipt(
            subscription: subscription, key: key.bytes, outcome: outcome, time: time, expiresAt: expires)
        return .putRow(receipt.row, replacing: nil)
    }
}
