// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Transactions are opened, filled and ended (semantics 5).
extension Broker {
    func begin(_ id: [UInt8]?, _ refusal: Refusal?, for connection: Connection) throws(StoreError) {
        let transaction = Transaction(id: refusal == nil ? id : nil, opened: now.steady)
        connection.transaction = transaction
        armTransaction(connection, transaction)
        var problem = refusal
        if problem == nil { problem = try validate(transactionID: id) }
        if let refusal = problem {
            transaction.fail(refusal, at: 0)
            return reply(.refused(refusal), to: connection)
        }
        if let id { transactions[id] = transaction }
        reply(.ok, to: connection)
    }

    private func validate(transactionID id: [UInt8]?) throws(StoreError) -> Refusal? {
        guard let id else { return nil }
        if transactions[id] != nil { return Refusal(.conflict, "id: a transaction of this id is open") }
        guard let outcome = try outcome(of: id), outcome.isCommitted else { return nil }
        return Refusal(.exists, "id: a transaction of this id was committed")
    }

    // MARK: - Filling

    /// What a command without text is counted as.
    private static let commandBytes = 64

    /// Keeps publishes for the commit.
    func queue(
        _ records: UnsafeRawBufferPointer, _ run: CommandBatch.Run, to topic: String, in transaction: Transaction,
        for connection: Connection
    ) {
        var rest = records
        var queued = 0
        while let size = StoredMessage.size(at: rest) {
            let record = UnsafeRawBufferPointer(rebasing: rest[..<size])
            if let refusal = refusal(in: transaction, for: size) {
                if queued > 0 { reply(.queued(count: queued, arePublishes: true), to: connection) }
                queued = 0
                refusePublishes(refusal, count: 1, for: connection)
            } else {
                transaction.add(record, topic: topic, hasIDs: run.hasIDs)
                transactionBytes += size
                queued += 1
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
        if queued > 0 { reply(.queued(count: queued, arePublishes: true), to: connection) }
    }

    /// Keeps a command for the commit, that many bytes besides its own.
    func queue(
        _ operation: Transaction.Operation, bytes: Int, in transaction: Transaction, for connection: Connection
    ) {
        let bytes = Self.commandBytes + bytes
        if let refusal = refusal(in: transaction, for: bytes) {
            reply(.refused(refusal), to: connection)
        } else {
            transaction.add(operation, bytes: bytes)
            transactionBytes += bytes
            reply(.queued(count: 1, arePublishes: false), to: connection)
        }
    }

    /// What a command means inside of a transaction; false when it is no part of it.
    func queue(
        _ command: Command, in transaction: Transaction, for connection: Connection
    ) throws(StoreError) -> Bool {
        switch command {
        case .settle(let settle):
            let bytes = 16 * settle.tags.count + settle.code.utf8.count + settle.note.utf8.count
            queue(.settle(settle), bytes: bytes, in: transaction, for: connection)
        case .set(let set):
            let bytes = set.space.utf8.count + set.key.count + set.value.count
            queue(.set(set), bytes: bytes, in: transaction, for: connection)
        case .unset(let space, let key, let expected):
            queue(
                .unset(space: space, key: key, expected: expected), bytes: space.utf8.count + key.count,
                in: transaction, for: connection)
        case .check(let space, let key, let version):
            queue(
                .check(space: space, key: key, version: version), bytes: space.utf8.count + key.count,
                in: transaction, for: connection)
        case .receipt(let receipt):
            let bytes = receipt.key.count + receipt.outcome.utf8.count
            queue(.receipt(receipt), bytes: bytes, in: transaction, for: connection)
        case .commit, .abort, .ping, .bye: return false
        default:
            if let (operation, bytes) = Transaction.operation(of: command) {
                queue(operation, bytes: bytes, in: transaction, for: connection)
                return true
            }
            let refusal = Refusal(.tx, "the command cannot be part of a transaction")
            queue(refusal, in: transaction)
            reply(.refused(refusal), to: connection)
        }
        return true
    }

    /// Counts a command that was refused, with which the transaction fails.
    func queue(_ refusal: Refusal, in transaction: Transaction) {
        transaction.count()
        fail(transaction, refusal)
    }

    /// Why a transaction cannot take a command more, which then also ends it.
    private func refusal(in transaction: Transaction, for bytes: Int) -> Refusal? {
        transaction.count()
        if let problem = transaction.problem { return problem.reply }
        var refusal: Refusal?
        if transaction.commandCount > configuration.transactionCommands {
            refusal = Refusal(.limit, "a transaction holds at most \(configuration.transactionCommands) commands")
        } else if transaction.bytes + bytes > configuration.transactionBytes {
            refusal = Refusal(.limit, "a transaction holds at most \(configuration.transactionBytes) bytes")
        } else if transactionBytes + bytes > configuration.transactionsBytes {
            refusal = Refusal(.busy, "open transactions hold too much: try again later")
        }
        if let refusal { fail(transaction, refusal) }
        return refusal
    }

    private func fail(_ transaction: Transaction, _ refusal: Refusal, at index: Int? = nil) {
        transactionBytes -= transaction.bytes
        transaction.fail(refusal, at: index ?? transaction.commandCount)
        // It will never be committed, so that another one may try under its id.
        if let id = transaction.id, transactions[id] === transaction { transactions[id] = nil }
    }

    // MARK: - Ends

    /// Bytes that a batch may have a step commit: its own, and what its connection's transaction holds before it.
    package func bytes(of batch: CommandBatch) -> Int {
        guard transactionBytes > 0, let transaction = connections[batch.connection]?.transaction, batch.commits else {
            return batch.bytes
        }
        return batch.bytes + transaction.bytes
    }

    /// Lets the transaction of a connection be looked at when it has been open too long; one timer a connection, since
    /// transactions come and go faster than that.
    private func armTransaction(_ connection: Connection, _ transaction: Transaction) {
        let time = transaction.opened + UInt64(configuration.transactionTime)
        timers.setEarlier(connection.transactionTimer, at: time, .transaction(connection))
    }

    /// Ends a transaction that was open too long.
    func expireTransaction(of connection: Connection) {
        guard let transaction = connection.transaction, transaction.problem == nil else { return }
        guard transaction.opened + UInt64(configuration.transactionTime) <= judged else {
            return armTransaction(connection, transaction)
        }
        let seconds = configuration.transactionTime / 1_000
        fail(transaction, Refusal(.timeout, "the transaction was open for \(seconds) s"), at: 0)
    }

    /// Takes a connection's transaction from it.
    func takeTransaction(of connection: Connection) -> Transaction? {
        guard let transaction = connection.transaction else { return nil }
        connection.transaction = nil
        transactionBytes -= transaction.bytes
        if let id = transaction.id, transactions[id] === transaction { transactions[id] = nil }
        return transaction
    }

    /// Forgets a transaction, and remembers that it was not committed.
    func abort(_ transaction: Transaction) throws(StoreError) {
        counts.transactions.aborted += 1
        // One that was refused for its id says nothing about the other transaction of that id.
        guard let id = transaction.id, transactions[id] == nil, try outcome(of: id)?.isCommitted != true,
            !isFull
        else { return }
        try put(outcome: false, of: id)
    }

    func abort(for connection: Connection) throws {
        guard let transaction = takeTransaction(of: connection) else { throw Self.noTransaction("ABORT") }
        try abort(transaction)
        reply(.ok, to: connection)
    }

    func commit(for connection: Connection) throws {
        guard let transaction = takeTransaction(of: connection) else { throw Self.noTransaction("COMMIT") }
        if let problem = try transaction.problem ?? check(transaction, of: connection) {
            try abort(transaction)
            if problem.refusal.code == .version { counts.conflicts += 1 }
            throw problem.reply
        }
        try perform(transaction, for: connection)
        counts.transactions.committed += 1
        if let id = transaction.id { try put(outcome: true, of: id) }
    }

    private static func noTransaction(_ word: String) -> Refusal {
        Refusal(.tx, "\(word): no transaction is open")
    }

    // MARK: - Outcomes

    private func put(outcome isCommitted: Bool, of id: [UInt8]) throws(StoreError) {
        let expiresAt = dueNow + configuration.outcomeTime
        try put(StoredOutcome(id: id, isCommitted: isCommitted, expiresAt: expiresAt).row)
    }

    private func outcome(of id: [UInt8]) throws(StoreError) -> StoredOutcome? {
        guard let row = try row(.outcomes, id), row.expiresAt ?? 0 > dueNow else { return nil }
        return StoredOutcome(row)
    }

    func outcome(_ id: [UInt8], for connection: Connection) throws(StoreError) {
        let outcome = try outcome(of: id)
        reply(.outcome(outcome.map { $0.isCommitted ? "committed" : "aborted" } ?? "unknown"), to: connection)
    }
}
