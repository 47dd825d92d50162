// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// The index of what becomes due: each row of it stands for a row that says the same, and each such row has one.
extension StoreVerifier {
    func checkDue() throws {
        let meaning = "something may become due at the wrong time or never"
        try snapshot.walk("due") { key, value in
            self.report.rows += 1
            guard let kind = key.first, value.elementsEqual([1]), self.isPlausible(key, kind) else {
                self.add(.row, "due", "a row is not what was written", meaning: meaning)
                return
            }
            guard self.isOwned(key, kind) else { return }
            self.foundDue[kind, default: KeySum()].add(key)
        }
        for kind in Set(expectedDue.keys).union(foundDue.keys).sorted() where kind != DueKind.expiring {
            guard expectedDue[kind] ?? KeySum() != foundDue[kind] ?? KeySum() else { continue }
            try nameMismatches(kind)
        }
    }

    private func isPlausible(_ key: UnsafeRawBufferPointer, _ kind: UInt8) -> Bool {
        switch kind {
        case DueKind.returned, DueKind.expiring, DueKind.parked: key.count == 25
        default: KeyedRow.Table(rawValue: kind) != nil && key.count > 9
        }
    }

    /// Whether a row belongs to something that is there; one whose owner goes may be left over.
    private func isOwned(_ key: UnsafeRawBufferPointer, _ kind: UInt8) -> Bool {
        switch kind {
        case DueKind.returned, DueKind.parked:
            let position = key.keyNumber(at: 1)
            if snapshot.isSwept(.due, id: position) { return false }
            if positions[position]?.isCurrent == true { return true }
            add(
                .stray, "due", "a row belongs to position \(position), which no subscription has",
                meaning: "it takes room and does nothing")
            return false
        case DueKind.expiring:
            let (topic, offset) = (key.keyNumber(at: 1), key.keyNumber(at: 17))
            if snapshot.isSwept(.expiries, id: topic) { return false }
            if let end = topics[topic]?.end, offset < end { return true }
            add(
                .stray, "due", topic: topic, "the time to live of a message that is not there (offset \(offset))",
                meaning: "it takes room and does nothing")
            return false
        default:
            guard let table = KeyedRow.Table(rawValue: kind) else { return false }
            return isIndexed(Array(key.dropFirst(9)), table)
        }
    }

    /// Finds the rows that have no other that agrees.
    private func nameMismatches(_ kind: UInt8) throws {
        let before = report.damageCount
        // Of a file with damaged pages nothing can be said about single rows.
        let isWhole = snapshot.faults.isEmpty
        if isWhole, kind == DueKind.returned || kind == DueKind.parked { try nameUnindexed(kind) }
        try snapshot.image.walkAgain(isWhole ? "due" : "") { key, _ in
            guard key.first == kind, self.isPlausible(key, kind) else { return }
            if kind == DueKind.returned || kind == DueKind.parked {
                try self.nameIfStray(key, kind)
            } else if let table = KeyedRow.Table(rawValue: kind), self.isIndexed(Array(key.dropFirst(9)), table) {
                try self.nameIfStray(key, of: table)
            }
        }
        guard report.damageCount == before else { return }
        add(
            .index, "due",
            "\(foundDue[kind]?.count ?? 0) rows of kind \(kind) stand for "
                + "\(expectedDue[kind]?.count ?? 0) that are to become due",
            meaning: "some records, scheduled messages or expectations never become due")
    }

    private func nameUnindexed(_ kind: UInt8) throws {
        try snapshot.image.walkAgain("\(RowTable.deferred)") { key, row in
            guard key.count == 16, let value = try? RowChecksum.value(of: row, .deferred, key: key) else { return }
            let (position, offset) = (key.keyNumber(), key.keyNumber(at: 8))
            guard self.positions[position]?.isCurrent == true, let due = try? Deferred.due(in: value) else { return }
            let mark = Array(self.dueKey(offset, of: position, at: due))
            guard mark[0] == kind, try self.snapshot.image.value(of: mark, in: "due") == nil else { return }
            self.add(
                .index, "due", position: position, offsets: offset...offset,
                "the time of a returned message is missing",
                meaning: "the message is delivered at once, as if it had not been returned")
        }
    }

    private func nameIfStray(_ key: UnsafeRawBufferPointer, _ kind: UInt8) throws {
        let position = key.keyNumber(at: 1)
        guard positions[position]?.isCurrent == true else { return }
        let offset = key.keyNumber(at: kind == DueKind.parked ? 9 : 17)
        let row = Array(keys.key(position, offset))
        let value = try snapshot.image.value(of: row, in: "\(RowTable.deferred)")
        if let value {
            // What a damaged row says is not known; it is told of already.
            let due = row.withUnsafeBytes { row in
                value.withUnsafeBytes { value in
                    (try? RowChecksum.value(of: value, .deferred, key: row)).flatMap { try? Deferred.due(in: $0) }
                }
            }
            guard let due, !dueKey(offset, of: position, at: due).elementsEqual(key) else { return }
        }
        add(
            .index, "due", position: position, offsets: offset...offset,
            "it names a message that was not returned, or at another time",
            meaning: "the row is passed over; no message comes twice")
    }

    private func nameIfStray(_ key: UnsafeRawBufferPointer, of table: KeyedRow.Table) throws {
        let row = Array(key.dropFirst(9))
        let first = try snapshot.image.value(of: row + [0, 0, 0], in: "\(table.rowTable)")
        let time = first.flatMap {
            $0.count < 8 ? nil : UInt64(littleEndian: $0.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
        }
        guard time != key.keyNumber(at: 1) else { return }
        add(
            .index, "due",
            "it names the end of a row of '\(table.rowTable)' that says otherwise "
                + "(key \(Self.text(row)))", meaning: "the row is passed over")
    }
}
