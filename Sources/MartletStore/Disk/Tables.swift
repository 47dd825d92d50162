// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The tables of the data file.
struct Tables {
    /// LMDB's own table of tables, in which the index of the last batch stands: its page is written with each commit
    /// anyway.
    let main: Table
    let meta: Table
    let log: Table
    let due: Table
    let topics: CheckedTable
    let subscriptions: CheckedTable
    let acks: CheckedTable
    let deferred: CheckedTable
    let endings: CheckedTable
    let losses: CheckedTable
    let dedup: CheckedTable
    let state: CheckedTable
    let receipts: CheckedTable
    let outcomes: CheckedTable
    let scheduled: CheckedTable
    let scheduledIDs: CheckedTable
    let copies: CheckedTable
    let redrives: CheckedTable
    let expectations: CheckedTable
    let processes: CheckedTable

    /// Opens the tables, and makes those that are missing if `create` is true; else a missing one is damage.
    ///
    /// - Throws: `StoreError` and `LMDBError`.
    init(_ transaction: borrowing WriteTransaction, create: Bool) throws {
        main = try transaction.mainTable()
        meta = try Self.table("meta", transaction, create)
        log = try Self.table("log", transaction, create)
        due = try Self.table("due", transaction, create)
        topics = try Self.checked(.topics, transaction, create)
        subscriptions = try Self.checked(.subscriptions, transaction, create)
        acks = try Self.checked(.acks, transaction, create)
        deferred = try Self.checked(.deferred, transaction, create)
        endings = try Self.checked(.endings, transaction, create)
        losses = try Self.checked(.losses, transaction, create)
        dedup = try Self.checked(.dedup, transaction, create)
        state = try Self.checked(.state, transaction, create)
        receipts = try Self.checked(.receipts, transaction, create)
        outcomes = try Self.checked(.outcomes, transaction, create)
        scheduled = try Self.checked(.scheduled, transaction, create)
        scheduledIDs = try Self.checked(.scheduledIDs, transaction, create)
        copies = try Self.checked(.copies, transaction, create)
        redrives = try Self.checked(.redrives, transaction, create)
        expectations = try Self.checked(.expectations, transaction, create)
        processes = try Self.checked(.processes, transaction, create)
    }

    private static func checked(
        _ kind: RowTable, _ transaction: borrowing WriteTransaction, _ create: Bool
    ) throws -> CheckedTable {
        CheckedTable(table: try table("\(kind)", transaction, create), kind: kind)
    }

    private static func table(
        _ name: String, _ transaction: borrowing WriteTransaction, _ create: Bool
    ) throws -> Table {
        do {
            return try transaction.table(named: name, create: create)
        } catch {
            guard error.code == .notFound else { throw error }
            throw StoreError(.damaged, "the data file has lost its table '\(name)': it is damaged")
        }
    }

    subscript(_ table: KeyedRow.Table) -> CheckedTable {
        switch table {
        case .state: state
        case .receipts: receipts
        case .outcomes: outcomes
        case .scheduled, .scheduledAt: scheduled
        case .expectations: expectations
        case .scheduledIDs: scheduledIDs
        case .copies: copies
        case .redrives: redrives
        }
    }
}
