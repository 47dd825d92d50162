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

    /// Tables whose features are not built yet; the article tells their layout.
    private static let later: [RowTable] = [
        .scheduled, .scheduledIDs, .copies, .redrives, .expectations, .processes,
    ]

    /// Opens the tables, and makes those that are missing.
    init(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        main = try transaction.mainTable()
        meta = try transaction.table(named: "meta", create: true)
        log = try transaction.table(named: "log", create: true)
        due = try transaction.table(named: "due", create: true)
        topics = try Self.checked(.topics, transaction)
        subscriptions = try Self.checked(.subscriptions, transaction)
        acks = try Self.checked(.acks, transaction)
        deferred = try Self.checked(.deferred, transaction)
        endings = try Self.checked(.endings, transaction)
        losses = try Self.checked(.losses, transaction)
        dedup = try Self.checked(.dedup, transaction)
        state = try Self.checked(.state, transaction)
        receipts = try Self.checked(.receipts, transaction)
        outcomes = try Self.checked(.outcomes, transaction)
        for kind in Self.later { _ = try Self.checked(kind, transaction) }
    }

    private static func checked(
        _ kind: RowTable, _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) -> CheckedTable {
        CheckedTable(table: try transaction.table(named: "\(kind)", create: true), kind: kind)
    }

    subscript(_ table: KeyedRow.Table) -> CheckedTable {
        switch table {
        case .state: state
        case .receipts: receipts
        case .outcomes: outcomes
        }
    }
}
