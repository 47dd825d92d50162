// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletClient
import MartletLock
import MartletSQLite

@testable import CrashKit

/// The three grades of idempotent handlers, each with a subscription of its own on one topic.
enum Grade: String, Sendable, CaseIterable {
    /// Effects are in Martlet.
    case step
    /// Effects are in SQLite.
    case inbox
    /// Effects are elsewhere.
    case receipts
}

/// What is done for each message, and what notes that it was done.
final class GradeWork: Sendable {
    static let topic = "grades"
    static let space = "grades.count"
    static let output = "grades.out"
    static let total = "total"

    private struct State {
        /// How often the outside was called with each key, and the number of the effect that it has for it.
        var calls: [String: (count: Int, effect: Int)] = [:]
        var runs = 0
        var redeliveries = 0
        var problems: [String] = []
    }

    private let state = Lock(State())
    private let inbox: SQLiteInbox

    init(folder: String) async throws {
        inbox = try await SQLiteInbox(path: folder + "/inbox.db", busyTimeout: .seconds(30))
        try await inbox.transaction { database in
            try database.execute("CREATE TABLE effects (message TEXT PRIMARY KEY, count INTEGER NOT NULL)")
        }
    }

    /// How often a handler ran, and how often for a message that had been handed out before.
    var figures: (runs: Int, redeliveries: Int) { state.withLock { ($0.runs, $0.redeliveries) } }

    var problems: [String] { state.withLock { $0.problems } }

    func complain(_ problem: String) {
        state.withLock { $0.problems.append(problem) }
    }

    /// Consumes until the task is cancelled or the client drains.
    func consume(_ grade: Grade, with client: Client) async throws {
        let options = ConsumerOptions(maxFailures: 1_000, backoff: [.milliseconds(5)])
        switch grade {
        case .step:
            try await client.step(
                Self.topic, as: grade.rawValue, from: .earliest, concurrency: 4, options: options, maxConflicts: 100
            ) { [self] message, step in
                note(message)
                try await Self.increment(message.receiptKey, step)
                try await Self.increment(Self.total, step)
                step.publish(Draft(Self.output, body: message.body))
            }
        case .inbox:
            try await client.consume(
                Self.topic, as: grade.rawValue, from: .earliest, concurrency: 4, options: options, inbox: inbox
            ) { [self] message, database in
                note(message)
                try database.execute(
                    "INSERT INTO effects VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
                    .text(message.receiptKey))
            }
        case .receipts:
            try await client.consume(
                Self.topic, as: grade.rawValue, from: .earliest, concurrency: 4, options: options, receipts: true
            ) { [self] message in
                note(message)
                let effect = "effect:\(callOutside(message.idempotencyKey))"
                if let receipt = message.receipt, receipt != effect {
                    complain("the receipt of \(message.receiptKey) is \(receipt), its effect is \(effect)")
                }
                try await message.writeReceipt(effect)
            }
        }
    }

    private func note(_ message: Message) {
        state.withLock {
            $0.runs += 1
            if message.isRedelivered { $0.redeliveries += 1 }
        }
    }

    private static func increment(_ key: String, _ step: Step) async throws {
        let record = try await step.record(space, key)
        let count = record.flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
        step.set(space, key, to: Array("\(count + 1)".utf8))
    }

    /// Has one effect for a key, however often it is called.
    private func callOutside(_ key: String) -> Int {
        state.withLock { state in
            let known = state.calls[key] ?? (0, state.calls.count + 1)
            state.calls[key] = (known.count + 1, known.effect)
            return known.effect
        }
    }

    // MARK: - After the last kill

    /// Holds every counter against the messages that were published.
    ///
    /// - Returns: what is not as it should be.
    func verify(_ ids: Set<String>, _ client: Client) async throws -> [String] {
        var complaints = problems
        for id in ids.sorted() {
            let record = try await client.record(Self.space, id)
            let count = record.map { String(decoding: $0.value, as: UTF8.self) } ?? "nothing"
            if count != "1" { complaints.append("step: the record of \(id) counts \(count)") }
        }
        let total = try await client.record(Self.space, Self.total).map { String(decoding: $0.value, as: UTF8.self) }
        if total != "\(ids.count)" {
            complaints.append("step: all together count \(total ?? "nothing") for \(ids.count) messages")
        }
        let rows = try await inbox.transaction { try $0.rows("SELECT message, count FROM effects") }
        if Set(rows.compactMap { $0[0].text }) != ids {
            complaints.append("inbox: \(rows.count) rows for \(ids.count) messages")
        }
        for row in rows where row[1] != 1 { complaints.append("inbox: the row of \(row[0]) counts \(row[1])") }
        let keys = state.withLock { Set($0.calls.keys) }
        let expected = Set(ids.map { "\(Self.topic)/\(Grade.receipts.rawValue)/\($0)" })
        if keys != expected {
            complaints.append(
                "receipts: \(expected.subtracting(keys).sorted()) were never called for, "
                    + "\(keys.subtracting(expected).sorted()) are no keys of messages")
        }
        return complaints
    }
}
