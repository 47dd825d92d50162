// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What lies under the positions of subscriptions: acks, returned messages, endings.
extension StoreVerifier {
    /// The position that a row belongs to.
    ///
    /// - Returns: nil when the row is to be swept; one that belongs to nothing is told.
    private func owner(of key: UnsafeRawBufferPointer, _ table: RowTable, _ sweep: Sweep.Kind) throws -> UInt64? {
        guard key.count == 16 else { throw StoreError(.damaged, "a key of '\(table)' has \(key.count) bytes") }
        let position = key.keyNumber()
        if snapshot.isSwept(sweep, id: position) { return nil }
        if positions[position] != nil { return position }
        add(
            .stray, "\(table)", "a row belongs to position \(position), which no subscription has",
            meaning: "it takes room and does nothing, or a subscription's row is lost")
        return nil
    }

    func checkAcks() throws {
        let meaning = "acks are lost: the broker does not start, and messages would come again"
        try rows(.acks, meaning: meaning) { key, value in
            guard let position = try self.owner(of: key, .acks, .acks), let account = self.positions[position] else {
                return
            }
            let words = try Chunk.words(value)
            let first = key.keyNumber(at: 8) &* Chunk.offsets
            var settled: UInt64 = 0
            for index in 0..<64 {
                var word = words?[index] ?? .max
                let start = first &+ UInt64(64 * index)
                if account.floor >= start {
                    word &= account.floor - start >= 63 ? 0 : .max << (account.floor - start + 1)
                }
                settled += UInt64(word.nonzeroBitCount)
            }
            self.positions[position]?.settledAbove += settled
        }
    }

    func checkReturned() throws {
        let meaning = "the message is delivered again as if it had never been returned"
        try rows(.deferred, meaning: meaning) { key, value in
            guard let position = try self.owner(of: key, .deferred, .deferred) else { return }
            let row = try Deferred(offset: key.keyNumber(at: 8), value)
            guard self.positions[position]?.isCurrent == true else { return }
            self.positions[position]?.deferred += 1
            if row.isParked { self.positions[position]?.parked += 1 }
            if row.isReopened { self.positions[position]?.reopened += 1 }
            let mark = self.dueKey(row.offset, of: position, at: row.due)
            self.expectedDue[mark[0], default: KeySum()].add(mark)
        }
    }

    /// The key in `due` of a returned message.
    func dueKey(_ offset: UInt64, of position: UInt64, at time: UInt64) -> UnsafeRawBufferPointer {
        guard time == Deferred.never else { return keys.due(DueKind.returned, owner: position, time: time, id: offset) }
        return keys.due(DueKind.parked, owner: position, time: offset, id: 0)
    }

    func checkEndings() throws {
        let meaning = "WHY does not know how these messages ended; nothing is delivered again"
        for (table, sweep) in [(RowTable.endings, Sweep.Kind.endings), (.losses, .losses)] {
            try rows(table, meaning: meaning) { key, value in
                guard let position = try self.owner(of: key, table, sweep) else { return }
                let ending = try Ending(last: key.keyNumber(at: 8), value)
                guard ending.first <= ending.last else {
                    throw StoreError(.damaged, "an ending is from \(ending.first) to \(ending.last)")
                }
                if table == .losses { self.positions[position]?.losses += 1 }
            }
        }
    }

    /// Whether a row belongs to a topic; nil when it is to be swept.
    private func topic(of key: UnsafeRawBufferPointer, _ table: RowTable, _ sweep: Sweep.Kind) throws -> UInt64? {
        guard key.count == 16 else { throw StoreError(.damaged, "a key of '\(table)' has \(key.count) bytes") }
        let id = key.keyNumber()
        if snapshot.isSwept(sweep, id: id) { return nil }
        if topics[id] != nil { return id }
        add(
            .stray, "\(table)", "a row belongs to topic \(id), which there is not",
            meaning: "it takes room and does nothing, or a topic's row is lost")
        return nil
    }

    func checkIDs() throws {
        try rows(.dedup, meaning: "a repeat of one of these ids may be taken for a new message") { key, value in
            guard let id = try self.topic(of: key, .dedup, .ids) else { return }
            var last = key.keyNumber(at: 8)
            try IDRow.decode(value, first: last) { last = max(last, $0.offset) }
            self.checkReach(last, of: id, .dedup)
        }
    }

    func checkProcesses() throws {
        try rows(.processes, meaning: "TREE may not show these messages") { key, value in
            guard let id = try self.topic(of: key, .processes, .processes) else { return }
            guard value.count % 12 == 0, !value.isEmpty else {
                throw StoreError(.damaged, "a row of processes has \(value.count) bytes")
            }
            self.checkReach(ProcessRow.end(of: value, first: key.keyNumber(at: 8)) - 1, of: id, .processes)
        }
    }

    /// An index names no message that was never there.
    private func checkReach(_ offset: UInt64, of topic: UInt64, _ table: RowTable) {
        guard let end = topics[topic]?.end, offset >= end else { return }
        add(
            .index, "\(table)", topic: topic, offsets: offset...offset,
            "it names offset \(offset), and the topic ends before \(end)", meaning: "messages are missing at the end")
    }
}
