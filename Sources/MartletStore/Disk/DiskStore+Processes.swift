// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Which messages belong to which process: rows that are only appended, and read through when a process is asked for.
extension DiskStore {
    func mark(
        _ marks: [ProcessMark], of topic: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        let place: PutPlace = topic >= lastProcessTopic ? .end : .anywhere
        lastProcessTopic = max(lastProcessTopic, topic)
        var rest = marks[...]
        while let first = rest.first {
            let row = rest.prefix(ProcessRow.count(rest))
            try transaction.put(
                keys.key(topic, first.offset), ProcessRow.encode(row), in: tables.processes, at: place)
            rest = rest[row.endIndex...]
        }
    }

    package func processOffsets(topic: UInt64, hash: UInt64) throws(StoreError) -> [UInt64] {
        try reading("processes") { transaction in
            try transaction.withCursor(on: tables.processes.table) { cursor in
                var found: [UInt64] = []
                var order = KeyOrder()
                var entry = try order.pass(cursor.seek(toOrAfter: keys.key(topic, 0)))
                while let row = entry, case let place = try row.place(), place.owner == topic {
                    let value = try tables.processes.value(of: row)
                    found += ProcessRow.offsets(of: hash, value, first: place.number)
                    entry = try order.pass(cursor.next())
                }
                return found
            }
        }
    }

    /// Removes rows all of whose messages lie below the offset.
    func sweepProcesses(_ sweep: Sweep, _ transaction: borrowing WriteTransaction) throws -> Int {
        try transaction.withWriteCursor(on: tables.processes.table) { cursor in
            var removed = 0
            var order = KeyOrder()
            var entry = try cursor.seek(toOrAfter: keys.key(sweep.id, 0))
            while removed < Self.slice, let row = try order.pass(entry), case let place = try row.place(),
                place.owner == sweep.id
            {
                let value = UnsafeRawBufferPointer(rebasing: row.value.dropLast(RowChecksum.size))
                guard sweep.below == .max || ProcessRow.end(of: value, first: place.number) <= sweep.below else {
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
