// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Records of processes, and receipts (semantics 6).
extension Broker {
    // MARK: - Records

    /// The record of a key, if it is there.
    func record(_ space: String, _ key: [UInt8]) throws(StoreError) -> StateRecord? {
        guard let record = try lastRecord(space, key), record.exists(at: dueNow) else { return nil }
        return record
    }

    /// The record of a key, even when it is gone and only its version is remembered.
    func lastRecord(_ space: String, _ key: [UInt8]) throws(StoreError) -> StateRecord? {
        guard let row = try row(.state, StateRecord.rowKey(space: space, key: key)) else { return nil }
        return try StateRecord(row)
    }

    func get(_ space: String, _ key: [UInt8], for connection: Connection) throws(StoreError) {
        if let record = try record(space, key) {
            let reply = Reply.record(
                version: record.version, time: record.time, expires: record.expires.map(wall), value: record.value)
            self.reply(reply, to: connection)
        } else {
            reply(Reply.none, to: connection)
        }
    }

    /// Why a record cannot be changed, given the version that it has.
    static func refusal(_ expected: RecordVersion, current: UInt64) -> Refusal? {
        guard case .exactly(let version) = expected, version != current else { return nil }
        return Refusal(.version, "\(current)")
    }

    func set(_ request: SetRecord, for connection: Connection) throws {
        guard !isFull else { throw full() }
        let current = try record(request.space, request.key)?.version ?? 0
        if let refusal = Self.refusal(request.expected, current: current) { throw refusal }
        reply(.settled(try set(request)), to: connection)
    }

    /// Changes a record, and gives its new version.
    func set(_ request: SetRecord) throws(StoreError) -> UInt64 {
        let version = (try lastRecord(request.space, request.key)?.version ?? 0) + 1
        let record = StateRecord(
            space: request.space, key: request.key, version: version, time: now.wall,
            expires: request.lifetime.map { dueNow + UInt64($0) }, value: request.value)
        try put(record.row)
        return version
    }

    func unset(
        _ space: String, _ key: [UInt8], _ expected: RecordVersion, for connection: Connection
    ) throws {
        // That a record is gone is remembered for a while.
        guard !isTight else { throw full() }
        let current = try record(space, key)?.version ?? 0
        if let refusal = Self.refusal(expected, current: current) { throw refusal }
        reply(.settled(try unset(space, key)), to: connection)
    }

    /// Removes a record, and gives the version of its removal, or 0 when there was none.
    func unset(_ space: String, _ key: [UInt8]) throws(StoreError) -> UInt64 {
        guard let record = try record(space, key) else { return 0 }
        let gone = StateRecord(
            space: space, key: key, version: record.version + 1, time: now.wall, expires: dueNow, value: [])
        try put(gone.row)
        return gone.version
    }

    // MARK: - Receipts

    func receipt(_ request: WriteReceipt, for connection: Connection) throws {
        guard !isFull else { throw full() }
        try writeReceipt(request, for: try consumer(request.consumer, of: connection).subscription)
        reply(.ok, to: connection)
    }

    func writeReceipt(_ request: WriteReceipt, for subscription: Subscription) throws(StoreError) {
        let receipt = Receipt(
            subscription: subscription.id, key: request.key, outcome: request.outcome, time: now.wall,
            expiresAt: dueNow + UInt64(request.lifetime))
        try put(receipt.row)
        subscription.hasReceipts = true
    }

    /// What came of a message when it was handled before, if that is known.
    func receipt(
        of offset: UInt64, id: UnsafeRawBufferPointer, for subscription: Subscription
    ) throws(StoreError) -> String? {
        // An id that looks like an offset has a mark more than an offset, so that neither is taken for the other.
        let mark = id.isEmpty || id.first == UInt8(ascii: "#") ? "#" : ""
        let name = id.isEmpty ? Array("\(offset)".utf8) : Array(id)
        let key = Receipt.rowKey(subscription: subscription.id, key: Array(mark.utf8) + name)
        guard let row = try row(.receipts, key), row.expiresAt ?? 0 > dueNow else { return nil }
        return try Receipt.outcome(of: row)
    }
}
