// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// What each operation does to the tree.
extension DiskStore {
    func apply(_ operation: StoreOperation, _ transaction: borrowing WriteTransaction) throws {
        switch operation {
        case .setIDKey(let key): try Self.put(key, as: .idKey, transaction, tables)
        case .append(let segment): try append(segment, transaction)
        case .putTopic(let row): try put(row, transaction)
        case .removeTopic(let id):
            try transaction.delete(keys.key(id), in: tables.topics)
            add(Sweep(kind: .log, id: id, below: .max))
            add(Sweep(kind: .ids, id: id, below: .max))
            add(Sweep(kind: .expiries, id: id, below: .max))
            add(Sweep(kind: .scheduled, id: id, below: .max))
            add(Sweep(kind: .processes, id: id, below: .max))
        case .trim(let topic, let first): add(Sweep(kind: .log, id: topic, below: first))
        case .markProcesses(let topic, let marks): try mark(marks, of: topic, transaction)
        case .unmarkProcesses(let topic, let below): add(Sweep(kind: .processes, id: topic, below: below))
        case .rememberIDs(let topic, let ids): try remember(ids, of: topic, transaction)
        case .forgetIDs(let topic, let below): add(Sweep(kind: .ids, id: topic, below: below))
        case .putRow(let row, let replacing): try put(row, replacing: replacing, transaction)
        case .removeRow(let table, let key, let time): try removeRow(table, key, expiresAt: time, transaction)
        case .removeScheduled(let topic, let below): add(Sweep(kind: .scheduled, id: topic, below: below))
        case .putExpiries(let topic, let expiries):
            for due in expiries { try putMark(expiryKey(due, of: topic), transaction) }
        case .removeExpiries(let topic, let expiries):
            for due in expiries { try transaction.delete(expiryKey(due, of: topic), in: tables.due) }
        default: try applyToSubscription(operation, transaction)
        }
    }

    private func applyToSubscription(
        _ operation: StoreOperation, _ transaction: borrowing WriteTransaction
    ) throws {
        switch operation {
        case .putSubscription(let row):
            try transaction.put(keys.key(row.id), row.encoded, in: tables.subscriptions)
            try use(subscription: max(row.id, row.position), transaction)
        case .removeSubscription(let id, let position): try removeSubscription(id, position, transaction)
        case .putChunk(let position, let chunk, let words):
            try transaction.put(keys.key(position, chunk), Chunk.encode(words), in: tables.acks)
        case .removeChunks(let position, let below): try removeChunks(of: position, below: below, transaction)
        case .putDeferred(let position, let row, let replacing):
            try put(row, at: position, replacing: replacing, transaction)
        case .removeDeferred(let position, let offset, let due):
            try transaction.delete(keys.key(position, offset), in: tables.deferred)
            try removeDue(offset, of: position, at: due, transaction)
        case .removeEnding(let position, let last): try transaction.delete(keys.key(position, last), in: tables.endings)
        case .removePosition(let position, let keepsSettled):
            let kinds: [Sweep.Kind] = keepsSettled ? [] : [.acks, .endings, .losses]
            for kind in kinds + [.deferred, .due, .copies] { add(Sweep(kind: kind, id: position, below: .max)) }
        case .putEnding(let position, let ending):
            let table = ending.isLoss ? tables.losses : tables.endings
            try transaction.put(keys.key(position, ending.last), ending.encoded, in: table)
        case .removeEndings(let position, let below): add(Sweep(kind: .endings, id: position, below: below))
        case .removeLoss(let position, let last): try transaction.delete(keys.key(position, last), in: tables.losses)
        default: preconditionFailure("an operation of a topic")
        }
    }

    private func put(_ row: StoredTopic, _ transaction: borrowing WriteTransaction) throws {
        try transaction.put(keys.key(row.id), row.encoded, in: tables.topics)
        let number = row.id % TopicID.ordinary + 1
        guard number > nextTopic else { return }
        nextTopic = number
        try Self.put(nextTopic, as: .nextTopic, transaction, tables)
    }

    private func removeSubscription(
        _ id: UInt64, _ position: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        // One that was made and removed in one step has no row, and its id is used up all the same.
        try use(subscription: max(id, position), transaction)
        try transaction.delete(keys.key(id), in: tables.subscriptions)
        dueChecked[position] = nil
        for kind in [Sweep.Kind.acks, .deferred, .due, .endings, .losses, .copies] {
            add(Sweep(kind: kind, id: position, below: .max))
        }
        add(Sweep(kind: .receipts, id: id, below: .max))
    }

    /// Reserves an id for good.
    private func use(subscription id: UInt64, _ transaction: borrowing WriteTransaction) throws {
        guard id >= nextSubscription else { return }
        nextSubscription = id + 1
        try Self.put(nextSubscription, as: .nextSubscription, transaction, tables)
    }

    private func append(_ segment: Segment, _ transaction: borrowing WriteTransaction) throws {
        let bytes = segment.bytes
        let place: PutPlace = segment.topic >= lastTopic ? .end : .anywhere
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
            try transaction.put(key, UnsafeRawBufferPointer(rebasing: bytes[at..<first]), in: tables.log, at: place)
            try putPieces(bytes[first..<end], of: segment.topic, base, place, transaction)
            at = end
            base += UInt64(header.count)
        }
    }

    private func putPieces(
        _ bytes: Slice<UnsafeRawBufferPointer>, of topic: UInt64, _ offset: UInt64, _ place: PutPlace,
        _ transaction: borrowing WriteTransaction
    ) throws {
        var rest = bytes
        var number: UInt32 = 1
        while !rest.isEmpty {
            let piece = rest.prefix(place == .end ? Pack.piece : Pack.sharedPiece)
            let key = keys.piece(topic: topic, offset: offset, piece: number)
            try transaction.put(key, UnsafeRawBufferPointer(rebasing: piece), in: tables.log, at: place)
            rest = rest[piece.endIndex...]
            number += 1
        }
    }

    private func removeChunks(
        of position: UInt64, below: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        try transaction.withWriteCursor(on: tables.acks.table) { cursor in
            var order = KeyOrder()
            var entry = try cursor.seek(toOrAfter: keys.key(position, 0))
            while let row = try order.pass(entry), case let place = try row.place(), place.owner == position,
                place.number < below
            {
                try cursor.deleteCurrent()
                entry = try cursor.next()
            }
        }
    }

    private func put(
        _ row: Deferred, at position: UInt64, replacing: UInt64?, _ transaction: borrowing WriteTransaction
    ) throws {
        if let replacing { try removeDue(row.offset, of: position, at: replacing, transaction) }
        try transaction.put(keys.key(position, row.offset), row.encoded, in: tables.deferred)
        try putMark(dueKey(row.offset, of: position, at: row.due), transaction)
    }

    /// The key in `due` of a returned message: by its time, or by its offset when it waits for a person.
    func dueKey(_ offset: UInt64, of position: UInt64, at time: UInt64) -> UnsafeRawBufferPointer {
        guard time == Deferred.never else { return keys.due(DueKind.returned, owner: position, time: time, id: offset) }
        return keys.due(DueKind.parked, owner: position, time: offset, id: 0)
    }

    private func expiryKey(_ due: Due, of topic: UInt64) -> UnsafeRawBufferPointer {
        keys.due(DueKind.expiring, owner: topic, time: due.time, id: due.offset)
    }

    private func removeDue(
        _ offset: UInt64, of position: UInt64, at time: UInt64, _ transaction: borrowing WriteTransaction
    ) throws {
        try transaction.delete(dueKey(offset, of: position, at: time), in: tables.due)
    }

    /// Writes a row of `due`, whose key says everything.
    func putMark(_ key: UnsafeRawBufferPointer, _ transaction: borrowing WriteTransaction) throws {
        try withUnsafeBytes(of: UInt8(1)) { try transaction.put(key, $0, in: tables.due) }
    }
}
