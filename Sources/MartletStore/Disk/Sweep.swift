// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// Rows that nothing refers to any more and that go in small slices, a slice with each commit.
struct Sweep: Equatable {
    enum Kind: UInt8 {
        case log = 1
        case acks = 2
        case deferred = 3
        case due = 4
        case ids = 5
        case receipts = 6
        case endings = 7
        case losses = 8
        case expiries = 9
        case scheduled = 10
        case processes = 11
        case copies = 12
    }

    var kind: Kind
    /// The topic or subscription.
    var id: UInt64
    /// In the log: the offset below which messages go.
    var below: UInt64

    /// Reads the list of what is to be swept.
    static func list(_ value: UnsafeRawBufferPointer) throws(StoreError) -> [Sweep] {
        var row = RowReader(value)
        var sweeps: [Sweep] = []
        for _ in 0..<(value.count / 17) {
            guard let kind = Kind(rawValue: try row.byte()) else {
                throw StoreError(.damaged, "the list of what to sweep names an unknown table")
            }
            sweeps.append(Sweep(kind: kind, id: try row.number(), below: try row.number()))
        }
        return sweeps
    }
}

extension DiskStore {
    /// Rows that one commit removes, so that no commit is held up by an old backlog.
    static let slice = 1_000

    /// Whether commits without operations would still have something to do.
    package var hasGarbage: Bool { !sweeps.isEmpty || !mismatches.isEmpty }

    func loadSweeps(_ transaction: borrowing ReadTransaction) throws {
        guard let value = try Meta.sweeps.withKey({ try transaction.get($0, in: tables.meta) }) else { return }
        sweeps += try Sweep.list(value)
    }

    func add(_ sweep: Sweep) {
        areSweepsChanged = true
        // What belongs to a topic is swept more than once; ids of subscriptions are not used again.
        if let index = sweeps.firstIndex(where: { $0.kind == sweep.kind && $0.id == sweep.id }) {
            sweeps[index].below = max(sweeps[index].below, sweep.below)
        } else {
            sweeps.append(sweep)
        }
    }

    /// Removes one slice of what is to be swept, and writes down what is left.
    func sweepSlice(_ transaction: borrowing WriteTransaction) throws {
        if !mismatches.isEmpty {
            try removeMismatches(transaction)
            mismatches.removeAll()
        }
        var removed = 0
        var turns = sweeps.count
        while removed < Self.slice, turns > 0, let sweep = sweeps.first {
            removed += try self.sweep(sweep, transaction)
            turns -= 1
        }
        if areSweepsChanged { try writeSweeps(transaction) }
        areSweepsChanged = false
    }

    private func sweep(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        let removed: Int
        switch sweep.kind {
        case .log:
            removed = try sweepLog(sweep, transaction)
            if removed < Self.slice {
                lastTopic = try transaction.withCursor(on: tables.log) { try $0.last()?.owner() ?? 0 }
            }
        case .acks:
            removed = try self.sweep(tables.acks.table, keys.key(sweep.id), transaction)
        case .deferred:
            removed = try self.sweep(tables.deferred.table, keys.key(sweep.id), transaction)
        case .due:
            removed =
                try self.sweep(tables.due, keys.due(DueKind.returned, owner: sweep.id), transaction)
                + self.sweep(tables.due, keys.due(DueKind.parked, owner: sweep.id), transaction)
        case .expiries:
            removed = try self.sweep(tables.due, keys.due(DueKind.expiring, owner: sweep.id), transaction)
        case .receipts: removed = try sweepReceipts(sweep, transaction)
        case .endings: removed = try sweepEndings(sweep, transaction)
        case .copies: removed = try self.sweep(tables.copies.table, keys.key(sweep.id), transaction)
        case .scheduled: removed = try sweepScheduled(sweep, transaction)
        case .processes:
            removed = try sweepProcesses(sweep, transaction)
            if removed < Self.slice {
                lastProcessTopic = try transaction.withCursor(on: tables.processes.table) {
                    try $0.last()?.owner() ?? 0
                }
            }
        case .losses:
            removed = try self.sweep(tables.losses.table, keys.key(sweep.id), transaction)
        case .ids:
            removed = try sweepIDs(sweep, transaction)
            if removed < Self.slice {
                lastIDTopic = try transaction.withCursor(on: tables.dedup.table) { try $0.last()?.owner() ?? 0 }
            }
        }
        if removed < Self.slice {
            sweeps.removeFirst()
            areSweepsChanged = true
        } else if sweeps.count > 1 {
            // The next slice is another's, so that one large topic does not hold up the rest.
            sweeps.append(sweeps.removeFirst())
        }
        return removed
    }

    private func writeSweeps(_ transaction: borrowing WriteTransaction) throws {
        var row = RowWriter()
        for sweep in sweeps {
            row.byte(sweep.kind.rawValue)
            row.number(sweep.id)
            row.number(sweep.below)
        }
        try Meta.sweeps.withKey { key in
            if row.bytes.isEmpty {
                try transaction.delete(key, in: tables.meta)
            } else {
                try row.bytes.withUnsafeBytes { try transaction.put(key, $0, in: tables.meta) }
            }
        }
    }

    /// Removes rows whose keys begin as given.
    private func sweep(
        _ table: Table, _ prefix: UnsafeRawBufferPointer, _ transaction: borrowing WriteTransaction
    ) throws -> Int {
        try transaction.withWriteCursor(on: table) { cursor in
            var removed = 0
            var order = KeyOrder()
            var entry = try cursor.seek(toOrAfter: prefix)
            while removed < Self.slice, let row = try order.pass(entry), row.key.starts(with: prefix) {
                try cursor.deleteCurrent()
                removed += 1
                entry = try cursor.next()
            }
            return removed
        }
    }

    /// Removes rows of ids all of which lie below the offset.
    private func sweepIDs(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        try transaction.withWriteCursor(on: tables.dedup.table) { cursor in
            var removed = 0
            var order = KeyOrder()
            var entry = try cursor.seek(toOrAfter: keys.key(sweep.id, 0))
            while removed < Self.slice, let row = try order.pass(entry), try row.owner() == sweep.id {
                let end =
                    try row.place().number
                    + IDRow.span(of: UnsafeRawBufferPointer(rebasing: row.value.dropLast(RowChecksum.size)))
                guard sweep.below == .max || end <= sweep.below else { break }
                try cursor.deleteCurrent()
                removed += 1
                entry = try cursor.next()
            }
            return removed
        }
    }

    /// Removes scheduled messages whose numbers are below one, with their ids and their rows in `due`.
    private func sweepScheduled(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        let prefix = ScheduledMessage.rowKey(topic: sweep.id)
        let going = try transaction.withCursor(on: tables.scheduled.table) { cursor in
            var going: [ScheduledMessage] = []
            var order = KeyOrder()
            var entry = try order.pass(cursor.seek(toOrAfter: keys.row(prefix, piece: 0)))
            while going.count < Self.slice, let row = entry, row.key.starts(with: prefix) {
                if row.key.suffix(2).allSatisfy({ $0 == 0 }), row.key.count == 27,
                    row.key.keyNumber(at: 16) < sweep.below
                {
                    going.append(try ScheduledMessage(whole(.scheduled, Array(row.key.dropLast(3)), row, cursor)))
                }
                entry = try order.pass(cursor.next())
            }
            return going
        }
        for message in going {
            try removeRow(message.table, message.key, expiresAt: message.due, transaction)
            guard let id = message.id else { continue }
            let idKey = ScheduledMessage.idKey(topic: message.topic, id)
            if let row = try transaction.get(keys.row(idKey, piece: 0), in: tables.scheduledIDs),
                try ScheduledMessage.place(KeyedRow(.scheduledIDs, idKey, row)).key == message.key
            {
                try removeRow(.scheduledIDs, idKey, expiresAt: nil, transaction)
            }
        }
        return going.count
    }

    /// Removes receipts with the rows that say when they end.
    private func sweepReceipts(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        let prefix = keys.key(sweep.id)
        let going = try transaction.withCursor(on: tables.receipts.table) { cursor in
            var going: [(key: [UInt8], end: UInt64?)] = []
            var order = KeyOrder()
            var entry = try order.pass(cursor.seek(toOrAfter: prefix))
            while going.count < Self.slice, let row = entry, row.key.starts(with: prefix) {
                if row.key.suffix(2).allSatisfy({ $0 == 0 }) {
                    going.append((Array(row.key.dropLast(3)), Self.end(of: try tables.receipts.value(of: row))))
                }
                entry = try order.pass(cursor.next())
            }
            return going
        }
        for (key, end) in going { try removeRow(.receipts, key, expiresAt: end, transaction) }
        return going.count
    }

    /// Removes endings all of whose messages lie below the offset.
    private func sweepEndings(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        try transaction.withWriteCursor(on: tables.endings.table) { cursor in
            var removed = 0
            var order = KeyOrder()
            var entry = try cursor.seek(toOrAfter: keys.key(sweep.id, 0))
            while removed < Self.slice, let row = try order.pass(entry), case let place = try row.place(),
                place.owner == sweep.id, sweep.below == .max || place.number < sweep.below
            {
                try cursor.deleteCurrent()
                removed += 1
                entry = try cursor.next()
            }
            return removed
        }
    }

    /// Removes packs all of whose messages lie below the offset.
    private func sweepLog(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        try transaction.withWriteCursor(on: tables.log) { cursor in
            var removed = 0
            var order = KeyOrder()
            var gone: UInt64?
            var entry = try cursor.seek(toOrAfter: keys.key(sweep.id, 0))
            while let row = try order.pass(entry), try row.owner() == sweep.id {
                let base = try row.place().number
                // A slice never ends within a large message, whose pieces would otherwise be left behind.
                if row.key.count == 16 {
                    let count = Pack(row.value).map { UInt64($0.count) } ?? 1
                    guard removed < Self.slice, sweep.below == .max || base + count <= sweep.below else { break }
                    gone = base
                } else if gone != base, sweep.below != .max {
                    break
                }
                try cursor.deleteCurrent()
                removed += 1
                entry = try cursor.next()
            }
            return removed
        }
    }
}
