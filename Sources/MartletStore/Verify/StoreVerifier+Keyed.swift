// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Rows under keys of their own: records, receipts, what is scheduled.
extension StoreVerifier {
    func checkKeyed() throws {
        try check(.state, "the record cannot be read; GET says so") { _ = try StateRecord($0) }
        try check(.receipts, "the message is handled again if it comes again") { _ = try Receipt.outcome(of: $0) }
        try check(.outcomes, "OUTCOME cannot tell what became of the transaction") { _ in }
        try check(.copies, "a redriven message whose original is gone cannot be delivered") { _ in }
        try check(.redrives, "the broker does not start: how the redrive stands is lost") {
            _ = try StoredRedrive($0, subscription: 0)
        }
        try check(.expectations, "a missed expectation is not told") {
            _ = try Expectation(key: $0.key, due: $0.expiresAt ?? 0)
        }
        try checkScheduled()
    }

    /// Gives the whole rows of a table; what they are cut into fits together.
    private func check(_ table: KeyedRow.Table, _ meaning: String, _ body: (KeyedRow) throws -> Void) throws {
        var walk = KeyedWalk(table)
        func take(_ row: KeyedRow) throws {
            try body(row)
            guard let expiresAt = row.expiresAt, self.isIndexed(row.key, row.table) else { return }
            // ORDER: these keys are the memory in which one is put together.
            self.expectedDue[row.table.rawValue, default: KeySum()].add(
                self.keys.due(row.table.rawValue, time: expiresAt, row: row.key))
        }
        let rowTable = table.rowTable
        try rows(rowTable, meaning: meaning) { key, value in
            if let row = try walk.take(key, value) { try take(row) }
        }
        do {
            try walk.finish()
        } catch {
            add(.row, "\(rowTable)", error.message, meaning: meaning)
        }
    }

    /// Whether a row in `due` goes with the row, and not some time later by itself.
    func isIndexed(_ key: [UInt8], _ table: KeyedRow.Table) -> Bool {
        guard table == .receipts else { return true }
        return key.count > 8 && subscriptions[key.withUnsafeBytes { $0.keyNumber() }] != nil
    }

    private func checkScheduled() throws {
        var (messages, ids) = (KeySum(), KeySum())
        try check(.scheduled, "a message that is scheduled cannot become visible") { row in
            let message = try ScheduledMessage(row)
            guard message.record.withUnsafeBytes({ StoredMessage.fields(of: $0) }) != nil else {
                throw StoreError(.damaged, "the record of a scheduled message cannot be read")
            }
            if !self.isCancelled(message.topic, message.number), let id = message.id {
                messages.add(message.idRow(id).key + message.idRow(id).value)
            }
        }
        try check(.scheduledIDs, "a scheduled message cannot be found by its id") { row in
            let place = try ScheduledMessage.place(row)
            guard row.key.count > 8 else { throw StoreError(.damaged, "the id of a scheduled message is missing") }
            let numbers = place.key.withUnsafeBytes { ($0.keyNumber(), $0.keyNumber(at: 16)) }
            if !self.isCancelled(numbers.0, numbers.1) { ids.add(row.key + row.value) }
        }
        guard messages != ids else { return }
        add(
            .index, "scheduledIDs", "\(messages.count) scheduled messages have an id, and \(ids.count) are named by it",
            meaning: "they become visible in time; CANCEL, RESCHEDULE and repeats may not find them by their ids")
    }

    private func isCancelled(_ topic: UInt64, _ number: UInt64) -> Bool {
        guard let row = topics[topic]?.row else { return true }
        return number < row.firstScheduled
    }
}

extension KeyedRow.Table {
    /// The table of the file in which its rows lie.
    var rowTable: RowTable {
        switch self {
        case .state: .state
        case .receipts: .receipts
        case .outcomes: .outcomes
        case .scheduled, .scheduledAt: .scheduled
        case .expectations: .expectations
        case .scheduledIDs: .scheduledIDs
        case .copies: .copies
        case .redrives: .redrives
        }
    }
}
