// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// The rows of a snapshot, read one after another; what is damaged ends the reading.
extension StoreSnapshot {
    /// All topics, with what the log says of them.
    package func topics() throws -> [StoredTopic] {
        var topics: [StoredTopic] = []
        try strictRows(.topics) { topics.append(try StoredTopic(id: $0.keyNumber(), $1)) }
        return topics
    }

    /// All subscriptions.
    package func subscriptions() throws -> [StoredSubscription] {
        var subscriptions: [StoredSubscription] = []
        try strictRows(.subscriptions) { subscriptions.append(try StoredSubscription(id: $0.keyNumber(), $1)) }
        return subscriptions
    }

    /// All packs of the log in order, each as a segment, with those that are damaged left out.
    package func segments(
        damaged: (_ topic: UInt64, _ base: UInt64, String) throws -> Void, _ body: (Segment) throws -> Void
    ) throws {
        var walk = LogWalk()
        func give(_ found: (topic: UInt64, base: UInt64, pack: LogWalk.Pack)) throws {
            switch found.pack {
            case .damaged(let what): try damaged(found.topic, found.base, what)
            case .intact(let header, let bytes):
                let segment = Segment(
                    topic: found.topic, base: found.base, total: 0, packLimit: 0, capacity: bytes.count)
                bytes.withUnsafeBytes { segment.load(pack: $0, count: header.count, total: header.total) }
                segment.closeLoaded()
                try body(segment)
            }
        }
        try self.walk("log") { key, value in
            do {
                if let found = try walk.take(key, value) { try give(found) }
            } catch let stray as LogWalk.StrayPiece {
                try damaged(stray.topic, stray.offset, "a piece of a large message stands alone")
            }
        }
        if let found = walk.finish() { try give(found) }
        try checkFaults()
    }

    /// All other rows, but those that are going to be swept.
    package func rows(_ body: (SnapshotRow) throws -> Void) throws {
        try strictRows(.acks) { key, value in
            guard !self.isSwept(.acks, id: key.keyNumber()) else { return }
            let first = key.keyNumber(at: 8) * Chunk.offsets
            try body(.settled(position: key.keyNumber(), ranges: Self.ranges(try Chunk.words(value), first)))
        }
        try strictRows(.deferred) { key, value in
            guard !self.isSwept(.deferred, id: key.keyNumber()) else { return }
            try body(.returned(position: key.keyNumber(), try Deferred(offset: key.keyNumber(at: 8), value)))
        }
        for (table, sweep) in [(RowTable.endings, Sweep.Kind.endings), (.losses, .losses)] {
            try strictRows(table) { key, value in
                let (position, last) = (key.keyNumber(), key.keyNumber(at: 8))
                guard !self.isSwept(sweep, id: position, end: last + 1) else { return }
                try body(.ending(position: position, try Ending(last: last, value)))
            }
        }
        try strictRows(.dedup) { key, value in
            let topic = key.keyNumber()
            var ids: [MessageID] = []
            try IDRow.decode(value, first: key.keyNumber(at: 8)) { ids.append($0) }
            guard !self.isSwept(.ids, id: topic, end: (ids.last?.offset ?? 0) + 1) else { return }
            try body(.ids(topic: topic, ids))
        }
        try strictRows(.processes) { key, value in
            let (topic, first) = (key.keyNumber(), key.keyNumber(at: 8))
            guard !self.isSwept(.processes, id: topic, end: ProcessRow.end(of: value, first: first)) else { return }
            try body(.processes(topic: topic, ProcessRow.marks(value, first: first)))
        }
        try walk("due") { key, _ in
            guard key.first == DueKind.expiring, key.count == 25 else { return }
            let topic = key.keyNumber(at: 1)
            guard !self.isSwept(.expiries, id: topic) else { return }
            try body(.expiry(topic: topic, Due(time: key.keyNumber(at: 9), offset: key.keyNumber(at: 17))))
        }
        for table in KeyedRow.Table.allCases where table != .scheduledAt { try keyedRows(table, body) }
        try checkFaults()
    }

    private func keyedRows(_ table: KeyedRow.Table, _ body: (SnapshotRow) throws -> Void) throws {
        var walk = KeyedWalk(table)
        try strictRows(table.rowTable) { key, value in
            guard let row = try walk.take(key, value), !self.isGoing(row) else { return }
            try body(.keyed(row))
        }
        try walk.finish()
    }

    private func isGoing(_ row: KeyedRow) -> Bool {
        guard row.key.count >= 8 else { return false }
        let owner = row.key.withUnsafeBytes { $0.keyNumber() }
        switch row.table {
        case .receipts: return isSwept(.receipts, id: owner)
        case .copies: return isSwept(.copies, id: owner)
        case .scheduled, .scheduledAt:
            guard row.key.count == 24 else { return false }
            return isSwept(.scheduled, id: owner, end: row.key.withUnsafeBytes { $0.keyNumber(at: 16) } + 1)
        default: return false
        }
    }

    /// Rows of which none may be damaged.
    private func strictRows(
        _ table: RowTable, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try rows(table) { _, message in
            throw StoreError(.damaged, message)
        } _: {
            try body($0, $1)
        }
        try checkFaults()
    }

    private func checkFaults() throws {
        guard let fault = faults.first else { return }
        throw StoreError(.damaged, "the data file '\(path)' is damaged: \(fault.message)")
    }

    private static func ranges(_ words: [UInt64]?, _ first: UInt64) -> [ClosedRange<UInt64>] {
        guard let words else { return [first...first + Chunk.offsets - 1] }
        var ranges: [ClosedRange<UInt64>] = []
        for bit in 0..<Chunk.offsets where words[Int(bit / 64)] & 1 << (bit % 64) != 0 {
            let offset = first + bit
            if let last = ranges.last, last.upperBound + 1 == offset {
                ranges[ranges.count - 1] = last.lowerBound...offset
            } else {
                ranges.append(offset...offset)
            }
        }
        return ranges
    }
}

extension StoreOperation {
    /// Writes which offsets of one chunk are settled.
    package static func settle(position: UInt64, _ ranges: [ClosedRange<UInt64>]) -> StoreOperation {
        let chunk = (ranges.first?.lowerBound ?? 0) / Chunk.offsets
        var words = [UInt64](repeating: 0, count: Int(Chunk.offsets / 64))
        for offset in ranges.joined() {
            let bit = offset % Chunk.offsets
            words[Int(bit / 64)] |= 1 << (bit % 64)
        }
        let isAll = words.allSatisfy { $0 == .max }
        return .putChunk(position: position, chunk: chunk, words: isAll ? nil : words)
    }
}
