// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// A redrive that goes on.
struct RedriveLine: Codable {
    static let type = "redrive"
    var type = RedriveLine.type
    var subscription: UInt64
    var rate: UInt64
    var meant: UInt64
    var done: UInt64
    var diedAgain: UInt64
    var next: UInt64
    var end: UInt64
    var since: UInt64
    var outcomes: UInt64
    var outcomeCount: UInt64
    var deathsSince: UInt64?
    var deathsUntil: UInt64?
    var id: LineBytes?
    var key: LineBytes?
    var reason: String?
    var code: String?

    init(_ row: StoredRedrive) {
        (subscription, rate, meant, done) = (row.subscription, row.rate, row.meant, row.done)
        (diedAgain, next, end, since) = (row.diedAgain, row.next, row.end, row.since)
        (outcomes, outcomeCount) = (row.outcomes, row.outcomeCount)
        (deathsSince, deathsUntil) = (row.filter.since, row.filter.until)
        (id, key) = (row.filter.id.map { LineBytes($0) }, row.filter.key.map { LineBytes($0) })
        (reason, code) = (row.filter.reason, row.filter.code)
    }

    func operation() -> StoreOperation {
        var row = StoredRedrive(
            subscription: subscription, rate: rate, meant: meant, next: next, end: end, since: since)
        (row.done, row.diedAgain, row.outcomes, row.outcomeCount) = (done, diedAgain, outcomes, outcomeCount)
        (row.filter.since, row.filter.until) = (deathsSince, deathsUntil)
        (row.filter.id, row.filter.key) = (id?.bytes, key?.bytes)
        (row.filter.reason, row.filter.code) = (reason, code)
        return .putRow(row.row, replacing: nil)
    }
}
