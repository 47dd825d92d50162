// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// Looks at all of a store: every page, every checksum, every index and every counter.
///
/// Its memory grows with the topics and subscriptions, by an eighth of a byte for each page, and with nothing else.
package final class StoreVerifier {
    /// A topic, and what was found of it.
    struct TopicAccount {
        var row: StoredTopic
        /// The offset behind the last message; what the row says or the log, whichever is more.
        var end: UInt64
    }

    /// A position, and what was found under it.
    struct PositionAccount {
        var subscription: UInt64
        var topic: UInt64
        /// Whether it is the subscription's own, not one of before.
        var isCurrent: Bool
        var floor: UInt64
        var settledAbove: UInt64 = 0
        var deferred: UInt64 = 0
        var parked: UInt64 = 0
        var reopened: UInt64 = 0
        var losses: UInt64 = 0
        /// Whether rows of it were damaged, so that counts mean nothing.
        var isDamaged = false
    }

    let snapshot: StoreSnapshot
    let journal: JournalView?
    var report = VerifyReport()
    var topics: [UInt64: TopicAccount] = [:]
    var subscriptions: [UInt64: StoredSubscription] = [:]
    var positions: [UInt64: PositionAccount] = [:]
    /// By kind of `due`: what the rows say that is to stand there, and what stands there.
    var expectedDue: [UInt8: KeySum] = [:]
    var foundDue: [UInt8: KeySum] = [:]
    let keys = KeyBuffer()

    init(_ snapshot: StoreSnapshot, _ journal: JournalView?) {
        self.snapshot = snapshot
        self.journal = journal
    }

    /// Looks at all of a snapshot.
    ///
    /// - Parameter journal: a look at its journal, which was made before the snapshot was.
    /// - Throws: when it cannot be read; what is damaged is in the report.
    package static func report(
        on snapshot: StoreSnapshot, with journal: JournalView? = nil
    ) throws(StoreError) -> VerifyReport {
        let verifier = StoreVerifier(snapshot, journal)
        do {
            try verifier.run()
        } catch {
            throw StoreError(reading: "'\(snapshot.path)'", error)
        }
        return verifier.report
    }

    private func run() throws {
        (report.pageSize, report.batch) = (snapshot.image.pageSize, snapshot.applied.index)
        checkMeta()
        checkJournal()
        try checkTopics()
        try checkSubscriptions()
        try checkLog()
        try checkAcks()
        try checkReturned()
        try checkEndings()
        try checkIDs()
        try checkProcesses()
        try checkKeyed()
        try checkDue()
        checkCounters()
        try checkPages()
    }

    // MARK: - What damages are called

    /// Adds what is wrong, with whose it is.
    func add(
        _ kind: StoreDamage.Kind, _ table: String, topic: UInt64? = nil, position: UInt64? = nil,
        offsets: ClosedRange<UInt64>? = nil, _ what: String, meaning: String
    ) {
        var damage = StoreDamage(kind, table, what, meaning: meaning)
        let account = position.flatMap { positions[$0] }
        damage.subscription = account.flatMap { subscriptions[$0.subscription]?.name }
        damage.topic = (topic ?? account?.topic).flatMap { topics[$0]?.row.name }
        damage.offsets = offsets
        report.add(damage)
    }

    /// Gives all rows of a table; of those that are damaged it says what that means.
    func rows(
        _ table: RowTable, meaning: String,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try snapshot.rows(table) { key, message in
            self.report.rows += 1
            self.addDamaged(key, table, message, meaning: meaning)
        } _: { key, value in
            self.report.rows += 1
            do {
                try body(key, value)
            } catch let error as StoreError {
                self.addDamaged(Array(key), table, error.message, meaning: meaning)
            }
        }
    }

    private func addDamaged(_ key: [UInt8], _ table: RowTable, _ message: String, meaning: String) {
        let numbers = key.withUnsafeBytes { key in
            stride(from: 0, through: key.count - 8, by: 8).prefix(2).map { key.keyNumber(at: $0) }
        }
        let offset = numbers.count > 1 && key.count == 16 ? numbers[1] : nil
        switch table {
        case .acks, .deferred, .endings, .losses:
            let range = table == .acks ? offset.map { $0 &* Chunk.offsets...($0 &* Chunk.offsets &+ 4_095) } : nil
            let owner = numbers.first ?? 0
            positions[owner]?.isDamaged = true
            add(
                .row, "\(table)", position: owner, offsets: range ?? offset.map { $0...$0 }, message, meaning: meaning)
        case .dedup, .processes, .scheduled, .scheduledIDs, .topics:
            add(.row, "\(table)", topic: numbers.first, message, meaning: meaning)
        case .subscriptions, .receipts, .redrives:
            let position = numbers.first.flatMap { subscriptions[$0]?.position }
            add(.row, "\(table)", position: position, message, meaning: meaning)
        case .state, .outcomes, .copies, .expectations:
            add(.row, "\(table)", message + " (key \(Self.text(key)))", meaning: meaning)
        }
    }

    /// Bytes of a key for people.
    static func text(_ key: [UInt8]) -> String {
        String(decoding: key.map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
    }
}
