// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// How much the file holds, as those ask who watch over it: what LMDB knows, or what is counted in no time.
extension DiskStore {
    /// Records of the free list that are read at most.
    private static let readFree = 4_096

    package var levels: StoreLevels? {
        let statistics = environment.statistics
        // LMDB shows its free list to those alone who do not write.
        let freePages = try? reader.read { try $0.freePages(records: Self.readFree) }
        // What is damaged is told by those who need it.
        return try? reading("levels") { transaction in
            var levels = StoreLevels()
            levels.scheduled = try count(.scheduled, transaction) + count(.scheduledAt, transaction)
            levels.expectations = try transaction.count(of: tables.expectations.table)
            levels.receipts = try transaction.count(of: tables.receipts.table)
            levels.pages = statistics.lastPage + 1
            levels.freePages = freePages ?? nil
            levels.readers = statistics.readers
            return levels
        }
    }

    /// How many rows of a kind have a time, up to a limit: large ones lie in pieces, so that LMDB's count is no answer.
    private func count(_ table: KeyedRow.Table, _ transaction: borrowing ReadTransaction) throws -> Int {
        try transaction.withCursor(on: tables.due) { cursor in
            var count = 0
            var entry = try cursor.seek(toOrAfter: keys.due(table.rawValue, time: 0, row: []))
            while count < StoreLevels.countedScheduled, let row = entry, row.key.first == table.rawValue {
                count += 1
                entry = try cursor.next()
            }
            return count
        }
    }
}
