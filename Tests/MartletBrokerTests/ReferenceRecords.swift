// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The records of one space, as simply as they can be said.
struct ReferenceRecords {
    private struct Record {
        var version: UInt64
        var value: String
        var expiresAt: UInt64?
    }

    /// How long the version of a record that is gone is remembered.
    private static let memory: UInt64 = 86_400_000
    /// How long it takes at most until what is to be forgotten is.
    private static let sweep: UInt64 = 60_000

    private var records: [String: Record] = [:]

    private func current(_ key: String, at now: UInt64) -> Record? {
        records[key].flatMap { $0.expiresAt.map { $0 > now } ?? true ? $0 : nil }
    }

    /// The version of a record, 0 when there is none.
    func version(_ key: String, at now: UInt64) -> UInt64 { current(key, at: now)?.version ?? 0 }

    /// Whether the version of a record that is gone may be forgotten at any time.
    func isInDoubt(_ key: String, at now: UInt64) -> Bool {
        records[key]?.expiresAt.map { $0 + Self.memory <= now } ?? false
    }

    /// What `GET` has to be answered.
    func get(_ key: String, at now: UInt64) -> String {
        current(key, at: now).map { "DATA \($0.version) \($0.value)" } ?? "NIL"
    }

    /// What `LIST` has to be answered.
    func list(at now: UInt64) -> String {
        let found = records.keys.filter { current($0, at: now) != nil }.sorted()
        return "DATA " + found.map { "\($0)@\(version($0, at: now))" }.joined(separator: ",")
    }

    /// `SET`; what it has to be answered.
    mutating func set(
        _ key: String, _ value: String, _ expected: RecordVersion, lifetime: Int?, at now: UInt64
    ) -> String {
        if let refusal = refusal(key, expected, at: now) { return refusal }
        let version = (records[key]?.version ?? 0) + 1
        records[key] = Record(version: version, value: value, expiresAt: lifetime.map { now + UInt64($0) })
        return "OK \(version)"
    }

    /// `UNSET`; what it has to be answered.
    mutating func unset(_ key: String, _ expected: RecordVersion, at now: UInt64) -> String {
        if let refusal = refusal(key, expected, at: now) { return refusal }
        guard let record = current(key, at: now) else { return "OK 0" }
        records[key] = Record(version: record.version + 1, value: "", expiresAt: now)
        return "OK \(record.version + 1)"
    }

    private func refusal(_ key: String, _ expected: RecordVersion, at now: UInt64) -> String? {
        let version = version(key, at: now)
        guard case .exactly(let wanted) = expected, wanted != version else { return nil }
        return "ERR version \(version)"
    }

    /// Forgets what is surely forgotten when that much time passes at once.
    mutating func pass(from start: UInt64, to end: UInt64) {
        guard end >= start + Self.sweep else { return }
        for key in records.keys where isInDoubt(key, at: end) { records[key] = nil }
    }
}
