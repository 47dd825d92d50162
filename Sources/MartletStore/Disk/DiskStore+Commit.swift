// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

// Durable changes: small batches go to the log and reach the tree in portions, large ones go to the tree at once.
extension DiskStore {
    @discardableResult
    package func commit(_ batch: StoreBatch) throws(StoreError) -> Durability {
        guard batch.index > applied else { return .committed }
        guard batch.index == applied + 1 else {
            throw StoreError(.failed, "batch \(batch.index) cannot follow batch \(applied)")
        }
        let cost = BatchCost(batch)
        if options.usesLog, cost.isLessInLog(than: portion, isBehindTree: isTreeOwed), try append(batch) {
            portion.add(cost, at: batch.time)
            updateRoom()
            return .durable
        }
        try writing(commits: true) { transaction in
            for operation in batch.operations { try apply(operation, transaction) }
            (applied, time) = (batch.index, batch.time)
            try sweepSlice(transaction)
        }
        lastInTree = batch.index
        return .committed
    }

    /// Appends a batch to the log; false when it has no room for it.
    private func append(_ batch: StoreBatch) throws(StoreError) -> Bool {
        // What is in the log must follow what is durable, in the log or in the tree.
        if isTreeOwed {
            if PlantedBug.current == .appendEarly { isDurable(committed) } else { try sync() }
        }
        switch log.append(batch) {
        case .committed: break
        case .noRoom: return false
        case .conflict(let next):
            throw StoreError(.failed, "batch \(batch.index) cannot follow batch \(next - 1) in the log")
        case .unknown(let error): throw error
        }
        unapplied.append(batch)
        (applied, time) = (batch.index, batch.time)
        return true
    }

    /// Whether the tree alone has a batch, and not for good.
    private var isTreeOwed: Bool { lastInTree > durable }

    /// Whether there are changes that the tree has not committed.
    private var isChanged: Bool { transaction != nil || !unapplied.isEmpty }

    package var isBehind: Bool { isChanged || committed > durable || takesRoomAhead }

    /// Whether the log should take room ahead: not what is kept for settles.
    private var takesRoomAhead: Bool { options.usesLog && room >= 0 && !log.isPrepared }

    package func writeBack(isBusy: Bool) throws(StoreError) {
        // Room that is made shows when it is committed.
        if portion.isDue(at: time, isBusy: isBusy) || room < 0 && isChanged {
            try writing(commits: true) { _ in }
        } else {
            try applyTaken()
        }
    }

    /// Applies what the log has taken; it is committed later.
    func applyTaken() throws(StoreError) {
        if !unapplied.isEmpty { try writing(commits: false) { _ in } }
    }

    package func writeBackAll() throws(StoreError) {
        if isChanged { try writing(commits: true) { _ in } }
        if committed > durable { try sync() }
        if takesRoomAhead { try log.prepare() }
    }

    package func sweep() throws(StoreError) {
        try writing(commits: false, sweepSlice)
        portion.addSweep()
        if !hasGarbage { return try writing(commits: true) { _ in } }
        try writeBack(isBusy: false)
    }

    package func sync() throws(StoreError) {
        do {
            try environment.sync()
        } catch {
            throw StoreError(.failed, "cannot flush", cause: error)
        }
        isDurable(committed)
    }

    /// Changes the tree, behind what the log has; a change for which the map was too small is undone, and made again in
    /// a larger one.
    private func writing(
        commits: Bool, _ body: (borrowing WriteTransaction) throws -> Void
    ) throws(StoreError) {
        do {
            do {
                try change(commits: commits, body)
            } catch let error as LMDBError where error.code == .mapFull {
                try undo()
                try makeEmergencyRoom(beyond: environment.statistics.mapSize)
                try change(commits: commits, body)
            }
        } catch let error as StoreError {
            throw error
        } catch let error as LMDBError where error.code == .mapFull || error.code == .noSpace {
            throw StoreError(.full, "cannot commit", cause: error)
        } catch {
            throw StoreError(.failed, "cannot commit", cause: error)
        }
        if commits { updateRoom() }
    }

    private func change(commits: Bool, _ body: (borrowing WriteTransaction) throws -> Void) throws {
        let transaction = try transaction ?? OpenTransaction(environment)
        self.transaction = transaction
        try transaction.write { transaction in
            for batch in unapplied {
                for operation in batch.operations { try apply(operation, transaction) }
                try sweepSlice(transaction)
            }
            try body(transaction)
            // Each commit changes a page, and so flushes and makes the one before it durable.
            if commits { try putApplied(transaction) }
        }
        unapplied.removeAll(keepingCapacity: true)
        guard commits else { return }
        try transaction.commit()
        self.transaction = nil
        let before = committed
        committed = applied
        portion.removeAll()
        isDurable(PlantedBug.current == .trimEarly ? committed : before)
    }

    /// Undoes what was not committed, in the file and in memory; what the log has of it is to be applied again.
    private func undo() throws {
        transaction?.abort()
        transaction = nil
        unapplied.removeAll()
        areSweepsChanged = false
        dueChecked.removeAll()
        _ = try load()
        var batches: [StoreBatch] = []
        try log.read(from: committed + 1) { batches.append($0) }
        unapplied = batches
    }

    /// The tree has the batches up to one for good.
    private func isDurable(_ index: UInt64) {
        durable = index
        log.trim(below: index + 1)
    }
}
