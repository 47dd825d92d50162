// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Scheduled messages become visible when they are due.
extension Broker {
    /// Messages that one run of the timer makes visible.
    private static let dueAtOnce = 4_096
    /// How long those wait whose topics are full, in milliseconds.
    private static let fullWait: UInt64 = 1_000
    /// How long those wait while the ids of their topics are read, in milliseconds.
    private static let idsWait: UInt64 = 20
    /// From when on a message says how late it is, in milliseconds.
    private static let lateness: UInt64 = 1_000

    /// Sets the timer for a message that becomes visible.
    func armScheduled(at due: UInt64, isAbsolute: Bool) {
        let clock = isAbsolute ? now.wall : dueNow
        timers.setEarlier(scheduledTimer, at: now.steady + (due - min(due, clock)), .scheduled)
    }

    /// Sets the timer for the first message that becomes visible, if there is one.
    func armFirstScheduled() throws(StoreError) {
        for table in [KeyedRow.Table.scheduled, .scheduledAt] {
            guard let first = try store.expiredRows(table, by: .max, limit: 1).first else { continue }
            armScheduled(at: first.expiresAt, isAbsolute: table == .scheduledAt)
        }
    }

    /// A scheduled message whose time has come.
    private struct DueRow {
        var table: KeyedRow.Table
        var key: [UInt8]
        var due: UInt64
        /// How late it is, in milliseconds.
        var late: UInt64
    }

    /// Makes messages visible whose time has come, those that were due first before the others.
    ///
    /// Those whose topics are full stay, and those whose topics' ids have to be read. They are looked past without
    /// being read, some in each step, so that they keep back nothing of other topics.
    func publishDue() throws(StoreError) {
        var due: [DueRow] = []
        var next: UInt64 = .max
        for table in [KeyedRow.Table.scheduled, .scheduledAt] {
            let clock = table == .scheduledAt ? now.wall : dueNow
            let rows = try store.expiredRows(table, after: dueLooked[table], by: .max, limit: Self.dueAtOnce)
            let ready = rows.prefix { $0.expiresAt <= clock }
            for row in ready where isStored(table, row.key) {
                due.append(DueRow(table: table, key: row.key, due: row.expiresAt, late: clock - row.expiresAt))
            }
            if ready.count < rows.count { next = min(next, rows[ready.count].expiresAt - clock) }
            if ready.count == Self.dueAtOnce {
                dueLooked[table] = ready.last
                next = 1
            } else {
                // From the beginning again, where those may be whose topics were full.
                if dueLooked[table] != nil { next = min(next, Self.fullWait) }
                dueLooked[table] = nil
            }
            // The wall's clock may jump, so that it is looked at once a second.
            if table == .scheduledAt, !rows.isEmpty { next = min(next, Self.fullWait) }
        }
        var held: [UInt64: UInt64] = [:]
        var misses = due.isEmpty ? [] : try misses()
        for row in due.sorted(by: { ($0.late, $1.due) > ($1.late, $0.due) }) {
            guard !isStepFull else {
                dueLooked = [:]
                next = 1
                break
            }
            try tell(&misses, before: dueNow - min(row.late, dueNow))
            try publishDue(row.table, row.key, row.due, &held)
        }
        // ORDER: the least is the same in any.
        if let wait = held.values.min() { next = min(next, wait) }
        if next < .max { timers.set(scheduledTimer, at: now.steady + max(next, 1), .scheduled) }
    }

    /// Whether a row is as the store has it.
    private func isStored(_ table: KeyedRow.Table, _ key: [UInt8]) -> Bool { rows.row(table, key) == nil }

    /// Makes a message visible, unless its topic is held or has to be: for so many milliseconds.
    private func publishDue(
        _ table: KeyedRow.Table, _ key: [UInt8], _ due: UInt64, _ held: inout [UInt64: UInt64]
    ) throws(StoreError) {
        let id = key.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        guard held[id] == nil else { return }
        guard let row = try store.row(table, key: key) else { return remove(table, key, expiresAt: due) }
        let message = try ScheduledMessage(row)
        guard let topic = topicsByID[message.topic], message.number >= topic.row.firstScheduled else {
            return try remove(message)
        }
        guard try refusal(in: topic, for: 1, bytes: message.record.count) == nil else {
            held[id] = Self.fullWait
            return
        }
        let result: Result<Bool, StoreError> = message.record.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                guard let fields = StoredMessage.fields(of: bytes) else { throw Self.malformed }
                if !fields.id.isEmpty, try !hasIDs(topic) { return false }
                try makeVisible(message, fields, in: topic)
                return true
            }
        }
        if try result.get() { try remove(message) } else { held[id] = Self.idsWait }
    }

    private func makeVisible(
        _ message: ScheduledMessage, _ fields: MessageFields, in topic: Topic
    ) throws(StoreError) {
        var fields = fields
        let clock = message.isAbsolute ? now.wall : dueNow
        let late = clock - min(clock, message.due)
        counts.lateness.add(late)
        if late >= Self.lateness { fields.late = UInt32(clamping: late) }
        if message.ttl > 0 { fields.expires = dueNow - min(late, dueNow) + message.ttl }
        if let id = identify(fields) {
            _ = try dedupResult(of: id, in: topic)
            remember(id, offset: topic.row.next, in: topic)
        }
        let isUnseen = isUnseen(fields, in: topic)
        let offset = try appendTimed(fields, to: topic)
        if isUnseen { announceUnseen(topic, first: offset) }
    }
}
