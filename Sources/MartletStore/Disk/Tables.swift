// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The tables of the data file.
struct Tables {
    let meta: Table
    let topics: Table
    let log: Table
    let subscriptions: Table
    let acks: Table
    let deferred: Table
    let due: Table
    let dedup: Table
    let state: Table
    let receipts: Table
    let outcomes: Table

    init(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        meta = try transaction.table(named: "meta", create: true)
        topics = try transaction.table(named: "topics", create: true)
        log = try transaction.table(named: "log", create: true)
        subscriptions = try transaction.table(named: "subscriptions", create: true)
        acks = try transaction.table(named: "acks", create: true)
        deferred = try transaction.table(named: "deferred", create: true)
        due = try transaction.table(named: "due", create: true)
        dedup = try transaction.table(named: "dedup", create: true)
        state = try transaction.table(named: "state", create: true)
        receipts = try transaction.table(named: "receipts", create: true)
        outcomes = try transaction.table(named: "outcomes", create: true)
    }

    subscript(_ table: KeyedRow.Table) -> Table {
        switch table {
        case .state: state
        case .receipts: receipts
        case .outcomes: outcomes
        }
    }
}
