// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

// Records: the state of processes. Spaces are names, keys have 1 to 200 bytes without spaces.
extension Client {
    /// Reads a record; asked again by itself when the connection ends.
    ///
    /// - Returns: the record, or nil when there is none.
    /// - Throws: `ClientError`: `badArgument`, `refused`, `closed`; `CancellationError`.
    public func record(_ space: String, _ key: String) async throws -> Record? {
        try await record(RecordCommand.get(space, key))
    }

    /// Reads the record that a `GET` names.
    func record(_ get: Command, isCancellable: Bool = true) async throws -> Record? {
        let reply = try await command(get, retry: .resend, isCancellable: isCancellable)
        if reply.word == "NIL" { return nil }
        guard let version = reply.options["version"].flatMap({ UInt64($0) }) else {
            throw ClientError(.protocolViolation, "GET: expected a version in the reply")
        }
        return Record(
            version: version, time: reply.options["time"].flatMap { UInt64($0) } ?? 0,
            expires: reply.options["expires"].flatMap { UInt64($0) }, value: reply.data)
    }

    /// Sets a record if it has the expected version.
    ///
    /// - Parameters:
    ///   - space: The space of the record.
    ///   - key: The key of the record.
    ///   - value: At most 65,536 bytes.
    ///   - expected: Which version the record must have.
    ///   - ttl: After which time it expires; nil means never.
    /// - Returns: the record's new version.
    /// - Throws: `ClientError`: `conflict` with the version that the record has, or 0 when there is none; `unknown`
    ///   when the connection ended before the reply; `badArgument`, `refused`, `closed`. `CancellationError`.
    @discardableResult
    public func setRecord(
        _ space: String, _ key: String, to value: [UInt8], expecting expected: ExpectedVersion,
        ttl: Duration? = nil
    ) async throws -> UInt64 {
        try await change(RecordCommand.set(space, key, value, version: expected.version, ttl: ttl))
    }

    /// Removes a record if it has the expected version.
    ///
    /// - Returns: the version that the removal has.
    /// - Throws: as `setRecord` does.
    @discardableResult
    public func removeRecord(
        _ space: String, _ key: String, expecting expected: ExpectedVersion = .any
    ) async throws -> UInt64 {
        try await change(RecordCommand.unset(space, key, version: expected.version))
    }

    /// Lists the records of a space in the order of their keys.
    ///
    /// - Parameters:
    ///   - space: The space of the record.
    ///   - prefix: What the keys begin with.
    ///   - limit: How many at most, 1 to 1,000.
    ///   - key: The key after which the listing begins, to go on from the last one.
    /// - Throws: as `record` does.
    public func records(
        in space: String, prefix: String? = nil, limit: Int = 100, after key: String? = nil
    ) async throws -> [RecordSummary] {
        try Check.name(space, "space")
        guard (1...Limits.list).contains(limit) else {
            throw ClientError(.badArgument, "limit: expected 1 to \(Limits.list)")
        }
        if let prefix { try Check.identifier(prefix, "prefix") }
        if let key { try Check.identifier(key, "after") }
        let list = ListRecords(
            space: space, prefix: Array((prefix ?? "").utf8), after: Array((key ?? "").utf8), limit: limit)
        let reply = try await command(.list(list), retry: .resend)
        return try RecordSummary.list(reply.data)
    }

    /// What became of a transaction with an id; the broker remembers it for 24 hours.
    ///
    /// - Throws: as `record` does.
    public func outcome(of transaction: String) async throws -> TransactionOutcome {
        try Check.identifier(transaction, "transaction")
        let reply = try await command(.outcome(id: Array(transaction.utf8)), retry: .resend)
        guard let outcome = reply.fields.first.flatMap(TransactionOutcome.init) else {
            throw ClientError(.protocolViolation, "OUTCOME: expected committed, aborted or unknown")
        }
        return outcome
    }

    private func change(_ command: Command) async throws -> UInt64 {
        let reply: Reply
        do {
            reply = try await self.command(command, retry: .report)
        } catch let error as ClientError where error.code == .refused("version") {
            let current = error.message.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
            throw ClientError(
                .conflict(current.map { [$0] } ?? []), "the record has another version: \(error.message)")
        }
        guard let version = reply.fields.first.flatMap({ UInt64($0) }) else {
            throw ClientError(.protocolViolation, "expected a version in the reply")
        }
        return version
    }
}
