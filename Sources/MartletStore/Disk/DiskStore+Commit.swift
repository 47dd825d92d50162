// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Durable changes.
extension DiskStore {
    package func commit(_ operations: [StoreOperation]) throws(StoreError) {
        do {
            try environment.withWriteTransaction { transaction in
                for operation in operations { try apply(operation, transaction) }
                try sweep(transaction)
            }
        } catch let error as StoreError {
            throw error
        } catch let error as LMDBError where error.code == .mapFull || error.code == .noSpace {
            throw StoreError(.full, "cannot commit", cause: error)
        } catch {
            throw StoreError(.failed, "cannot commit", cause: error)
        }
        commitsSinceRoom += 1
        for case .append(let segment) in operations { bytesSinceRoom += segment.bytes.count }
        if commitsSinceRoom >= Self.roomInterval || bytesSinceRoom >= options.reserveMinimum / 16 || room.isFull {
            updateRoom()
        }
    }

    /// Commits between two looks at the room: asking the disk costs as much as writing a page.
    private static let roomInterval = 16

    package func sync() throws(StoreError) {
        do {
            try environment.sync()
        } catch {
            throw StoreError(.failed, "cannot flush", cause: error)
        }
    }

    private func apply(_ operation: StoreOperation, _ transaction: borrowing WriteTransaction) throws {
        switch operation {
        case .append(let segment):
            try append(segment, transaction)
        case .putSubscription(let row):
            try put(row.encoded, under: keys.key(row.id), in: tables.subscriptions, transaction)
            try use(subscription: row.id, transaction)
        case .putChunk(let subscription, let chunk, let words):
            try put(words, under: keys.key(subscription, chunk), transaction)
        case .removeChunks(let subscription, let below):
            try removeChunks(of: subscription, below: below, transaction)
        case .putDeferred(let subscription, let row, let replacing):
            try put(row, of: subscription, replacing: replacing, transaction)
        case .removeDeferred(let subscription, let offset, let due):
            try transaction.delete(keys.key(subscription, offset), in: tables.deferred)
            try transaction.delete(
                keys.due(DueKind.returned, owner: subscription, time: due, id: offset), in: tables.due)
        case .putTopic(let row):
            try put(row.encoded, under: keys.key(row.id), in: tables.topics, transaction)
            let number = row.id % TopicID.ordinary + 1
            if number > nextTopic {
                nextTopic = number
                try Self.put(nextTopic, as: .nextTopic, transaction, tables)
            }
        case .trim(let topic, let first):
            add(Sweep(kind: .log, id: topic, below: first))
        case .removeTopic(let id):
            try transaction.delete(keys.key(id), in: tables.topics)
            add(Sweep(kind: .log, id: id, below: .max))
            add(Sweep(kind: .ids, id: id, below: .max))
        case .rememberIDs(let topic, let ids): try remember(ids, of: topic, transaction)
        case .forgetIDs(let topic, let below): add(Sweep(kind: .ids, id: topic, below: below))
        case .putRow(let row, let replacing): try put(row, replacing: replacing, transaction)
        case .removeRow(let table, let key, let goes): try removeRow(table, key, goes: goes, transaction)
        case .removeSubscription(let id):
            // One that was made and removed in one step has no row, and its id is used up all the same.
            try use(subscription: id, transaction)
            try transaction.delete(keys.key(id), in: tables.subscriptions)
            for kind in [Sweep.Kind.acks, .deferred, .due, .receipts] {
                add(Sweep(kind: kind, id: id, below: .max))
            }
        }
    }

    /// Lets an id never be given again.
    private func use(subscription id: UInt64, _ transaction: borrowing WriteTransaction) throws {
        guard id >= nextSubscription else { return }
        nextSubscription = id + 1
        try Self.put(nextSubscription, as: .nextSubscription, transaction, tables)
    }

    func put(
        _ value: [UInt8], under key: UnsafeRawBufferPointer, in table: Table,
        _ transaction: borrowing WriteTransaction
    ) throws {
        try value.withUnsafeBytes { try transaction.put(key, $0, in: table) }
    }

    private func append(_ segment: Segment, _ transaction: borrowing WriteTransaction) throws {
        let bytes = segment.bytes
        let flags: PutOptions = segment.topic >= lastTopic ? .append : []
        lastTopic = max(lastTopic, segment.topic)
        var at = 0
        var base = segment.base
        while at < bytes.count {
            guard let header = Pack(UnsafeRawBufferPointer(rebasing: bytes[at...])) else {
                preconditionFailure("a pack that this process wrote is malformed")
            }
            let end = at + Pack.headerSize + header.payload
            let first = min(end, at + Pack.largest)
            let key = keys.key(segment.topic, base)
            try transaction.put(key, UnsafeRawBufferPointer(rebasing: bytes[at..<first]), in: tables.log, flags: flags)
            try putPieces(bytes[first..<end], of: segment.topic, base, flags, transaction)
            at = end
            base += UInt64(header.count)
        }
    }

    private func putPieces(
        _ bytes: Slice<UnsafeRawBufferPointer>, of topic: UInt64, _ offset: UInt64, _ flags: PutOptions,
        _ transaction: borrowing WriteTransaction
    ) throws {
        var rest = bytes
        var number: UInt32 = 1
        while !rest.isEmpty {
            let piece = rest.prefix(flags.contains(.append) ? Pack.piece : Pack.sharedPiece)
            let key = keys.piece(topic: topic, offset: offset, piece: number)
            try transaction.put(key, UnsafeRawBufferPointer(rebasing: piece), in: tables.log, flags: flags)
            rest = rest[piece.endIndex...]
            number += 1
        }
    }

    private func put(
        _ words: [UInt64]?, under key: UnsafeRawBufferPointer, _ transaction: borrowing WriteTransaction
    ) throws {
        guard let words else {
            return try withUnsafeBytes(of: UInt8(1)) { try transaction.put(key, $0, in: tables.acks) }
        }
        // On the machines that we run on the words lie in memory as the file has them.
        try words.map(\.littleEndian).withUnsafeBytes { try transaction.put(key, $0, in: tables.acks) }
    }

    private func removeChunks(
        of subscription: UInt64, below: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        try transaction.withWriteCursor(on: tables.acks) { cursor in
            var entry = try cursor.seek(toOrAfter: keys.key(subscription, 0))
            while let row = entry, row.key.keyNumber() == subscription, row.key.keyNumber(at: 8) < below {
                try cursor.deleteCurrent()
                entry = try cursor.next()
            }
        }
    }

    private func put(
        _ row: Deferred, of subscription: UInt64, replacing: UInt64?, _ transaction: borrowing WriteTransaction
    ) throws {
        if let replacing {
            try transaction.delete(
                keys.due(DueKind.returned, owner: subscription, time: replacing, id: row.offset), in: tables.due)
        }
        try put(row.encoded, under: keys.key(subscription, row.offset), in: tables.deferred, transaction)
        let key = keys.due(DueKind.returned, owner: subscription, time: row.due, id: row.offset)
        try put([1], under: key, in: tables.due, transaction)
    }
}
