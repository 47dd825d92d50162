// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletStore

/// Random changes, whose result is compared to a model's again and again, with the store opened anew in between.
struct StoreModelTests {
    @Test(arguments: UInt64(1)...6, [false, true])
    func `a store knows what the model knows`(_ seed: UInt64, usesLog: Bool) throws {
        let disk = try TestStore(.small(mapSize: 1 << 28, usesLog: usesLog))
        var model = StoreModel(seed: seed)
        for round in 1...250 {
            var operations: [StoreOperation] = []
            for _ in 0...model.roll(8) {
                operations += model.change { topic in disk.store.packLimit(topic: topic) }
                // A topic has one segment in a commit, as in the broker.
                if case .append = operations.last { break }
            }
            try disk.commit(operations, time: UInt64(round) * 40)
            switch model.roll(12) {
            case 0: try disk.store.sync()
            case 1...3: try disk.store.writeBack(isBusy: model.roll(2) == 0)
            case 4: try disk.store.writeBackAll()
            default: break
            }
            // What was not written back is read from the journal, as after the end of the process.
            if model.roll(25) == 0 {
                try disk.reopen()
                try compareState(disk, model, "seed \(seed), round \(round)")
            }
            if round % 50 == 0 {
                try compareRows(disk, model, "seed \(seed), round \(round)")
                try compareKeyed(disk, model, "seed \(seed), round \(round)")
            }
        }
        try disk.sweep()
        try disk.reopen()
        try compareState(disk, model, "seed \(seed), at the end")
        try compareRows(disk, model, "seed \(seed), at the end")
        try compareKeyed(disk, model, "seed \(seed), at the end")
        try compareCounts(disk, model)
    }

    /// What `load` gave.
    private func compareState(_ disk: TestStore, _ model: StoreModel, _ place: Comment) throws {
        let rows = model.topics.values.map { topic in
            var row = topic.row
            row.next = topic.log.next
            row.total = topic.log.total
            row.lastTime = topic.lastTime
            return row
        }
        #expect(disk.state.topics == rows.sorted { $0.id < $1.id }, place)
        #expect(disk.state.nextTopic == model.nextTopic, place)
        #expect(disk.state.nextSubscription == model.nextSubscription, place)
        #expect(disk.state.subscriptions.map(\.row) == model.subscriptions.values.sorted { $0.id < $1.id }, place)
        for subscription in disk.state.subscriptions {
            let first = (subscription.row.floor + 1) / 4_096
            let expected = model.chunks[subscription.row.id, default: [:]].filter { $0.key >= first }
                .sorted { $0.key < $1.key }
            #expect(subscription.chunks.map(\.chunk) == expected.map(\.key), place)
            #expect(subscription.chunks.map(\.words) == expected.map(\.value), place)
        }
    }

    /// What can be asked for.
    private func compareRows(_ disk: TestStore, _ model: StoreModel, _ place: Comment) throws {
        for topic in model.topics.values {
            let first = topic.row.first
            let id = topic.row.id
            // Nothing is promised about messages below the first one.
            let messages = try disk.store.messages(topic: id, from: first)
            #expect(messages == topic.log.written(from: first), place)
            for pack in topic.packs where pack.base + UInt64(pack.header.count) > first {
                let before = pack.header.total - UInt64(pack.header.payload)
                #expect(try disk.store.total(topic: id, before: max(pack.base, first)) == before, place)
                let start = topic.packs.first { $0.header.time >= pack.header.time }
                if let start, start.base >= first {
                    #expect(try disk.store.offset(topic: id, at: pack.header.time) == start.base, place)
                }
                #expect(try disk.store.offset(topic: id, total: pack.header.total - 1) == pack.base, place)
            }
        }
        for id in model.removedTopics where !disk.store.hasGarbage {
            #expect(try disk.store.messages(topic: id).isEmpty, place)
        }
        for id in model.subscriptions.keys {
            let rows = model.deferred[id, default: [:]]
            let due = rows.values.map { Due(time: $0.due, offset: $0.offset) }.sorted()
            let start = Due(time: 0, offset: 0)
            // The place before all others is the one that `due` begins behind.
            #expect(
                try disk.store.due(position: id, after: start, limit: 1_000) == due.filter { $0 > start }, place)
            #expect(try disk.store.deferredOffsets(position: id, in: 0..<100, limit: .max) == rows.keys.sorted(), place)
            for row in rows.values {
                #expect(try disk.store.deferred(position: id, offset: row.offset) == row, place)
            }
        }
    }

    private func compareKeyed(_ disk: TestStore, _ model: StoreModel, _ place: Comment) throws {
        for table in KeyedRow.Table.allCases {
            let rows = (model.rows[table] ?? [:]).values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            for row in rows { #expect(try disk.store.row(table, key: row.key) == row, place) }
            #expect(try disk.store.row(table, key: [250]) == nil, place)
            for prefix in [[], rows.first.map { Array($0.key.prefix(1)) } ?? []] {
                for after in [[], rows.dropFirst(rows.count / 2).first?.key ?? []] {
                    let expected = rows.filter {
                        $0.key.starts(with: prefix) && after.lexicographicallyPrecedes($0.key)
                    }
                    let found = try disk.store.heads(table, prefix: prefix, after: after, limit: 20)
                    #expect(found.map(\.row.key) == expected.prefix(20).map(\.key), place)
                    #expect(found.map(\.size) == expected.prefix(20).map(\.value.count), place)
                    #expect(
                        found.map(\.row.value) == expected.prefix(20).map { Array($0.value.prefix(64)) }, place)
                }
            }
            let going = rows.compactMap { row in row.expiresAt.map { ($0, row.key) } }.filter { $0.0 <= 500 }
            let expected = going.sorted { $0.0 == $1.0 ? $0.1.lexicographicallyPrecedes($1.1) : $0.0 < $1.0 }
            let found = try disk.store.expiredRows(table, by: 500, limit: 1_000)
            #expect(found.map(\.key) == expected.map(\.1), place)
            #expect(found.map(\.expiresAt) == expected.map(\.0), place)
        }
        for (topic, ids) in model.ids {
            var found: [MessageID] = []
            try disk.store.ids(topic: topic) { found.append($0) }
            var parts: [MessageID] = []
            var next: UInt64? = 0
            while let from = next { next = try disk.store.ids(topic: topic, from: from, limit: 3) { parts.append($0) } }
            #expect(parts == found, place)
            // Of those that were forgotten some may be left, in rows that hold others too.
            #expect(found.filter { id in id.offset >= ids.first?.offset ?? .max } == ids, place)
        }
    }

    /// No row is left that nothing refers to.
    private func compareCounts(_ disk: TestStore, _ model: StoreModel) throws {
        #expect(try disk.count(\.topics) == model.topics.count)
        #expect(try disk.count(\.subscriptions) == model.subscriptions.count)
        #expect(try disk.count(\.acks) == model.chunks.values.map(\.count).reduce(0, +))
        #expect(try disk.count(\.deferred) == model.deferred.values.map(\.count).reduce(0, +))
        let ending = model.rows.values.flatMap(\.values).filter { $0.expiresAt != nil }.count
        #expect(try disk.count(\.due) == disk.count(\.deferred) + ending)
        for (table, path) in [(KeyedRow.Table.state, \Tables.state), (.receipts, \.receipts), (.outcomes, \.outcomes)] {
            let pieces = (model.rows[table] ?? [:]).values.reduce(0) { $0 + (12 + $1.value.count + 1_599) / 1_600 }
            #expect(try disk.count(path) == pieces)
        }
    }
}
