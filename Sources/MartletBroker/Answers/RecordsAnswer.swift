// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// The answer to `LIST`: one that has to look past many records that are gone takes several steps too.
final class RecordsAnswer: LongAnswer {
    /// Rows that are read together, since most may be of records that are gone.
    private static let readTogether = 256

    private let request: ListRecords
    /// The row behind which it goes on.
    private var after: [UInt8]
    private var list = WrittenList<RecordInfo>()

    init(_ request: ListRecords) {
        self.request = request
        after = StateRecord.rowKey(space: request.space, key: request.after)
    }

    func goOn(in broker: Broker, for connection: Connection) throws -> Reply? {
        let prefix = StateRecord.rowKey(space: request.space, key: request.prefix)
        let pending = broker.rows.all(.state, prefix: prefix)
        // What this step changed is not in the store yet, so that as much more has to be looked at. Where that is much,
        // the next step comes to it first.
        guard pending.count <= Self.readTogether else { return nil }
        let touched = Set(pending.map(\.key))
        while list.elements.count < request.limit {
            guard broker.answerRoom > 0 else { return nil }
            let wanted = Self.readTogether + pending.count
            var heads = try broker.store.heads(.state, prefix: prefix, after: after, limit: wanted)
            broker.answerRoom -= Broker.lookBytes * heads.count
            let isLast = heads.count < wanted
            let end = heads.last?.row.key
            if !touched.isEmpty { heads.removeAll { touched.contains($0.row.key) } }
            for case (let key, let row?) in pending where after.lexicographicallyPrecedes(key) {
                guard isLast || end.map({ !$0.lexicographicallyPrecedes(key) }) ?? true else { continue }
                heads.append(KeyedRowHead(row: row, size: row.value.count))
            }
            if !touched.isEmpty { heads.sort { $0.row.key.lexicographicallyPrecedes($1.row.key) } }
            try add(heads, of: broker)
            guard !isLast, let end else { break }
            after = end
        }
        list.end()
        return .records(list)
    }

    private func add(_ heads: [KeyedRowHead], of broker: Broker) throws {
        let before = list.size
        for head in heads where list.elements.count < request.limit {
            let record = try StateRecord(head.row)
            guard record.exists(at: broker.dueNow) else { continue }
            list.append(
                RecordInfo(
                    key: record.key, version: record.version, time: record.time,
                    length: head.size - StateRecord.header, expires: record.expires.map(broker.wall)))
        }
        broker.answerRoom -= list.size - before
    }
}
