// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// The answer of one outside call for one message, kept as a record in a space of its own.
///
/// The first answer that is kept is the one for all runs: a second is not stored, and gives way to the first.
struct KeptAnswer: Sendable {
    /// The space of all kept answers.
    static let space = "martlet.once"

    private let client: Client
    private let key: [UInt8]
    private let lifetime: Int

    /// Names the answer of a call; the name is one of Martlet, so that it cannot run into the message's key.
    ///
    /// - Throws: `badArgument`, before anything is called.
    init(_ client: Client, _ message: Message, call name: String, keep: Duration?) throws(ClientError) {
        try Check.name(name, "name")
        lifetime = keep.map { Int(clamping: $0.milliseconds) } ?? Limits.defaultReceipt
        guard (1...Limits.lifetime).contains(lifetime) else {
            throw ClientError(.badArgument, "keep: expected 1 ms to \(Limits.lifetime / 86_400_000) days")
        }
        self.client = client
        key = Self.key("\(message.idempotencyKey)/\(name)")
    }

    /// What is longer than a key may be is kept under its digest.
    static func key(_ text: String) -> [UInt8] {
        // A topic has no colon, so that no other key can look like this.
        text.utf8.count <= Limits.identifier ? Array(text.utf8) : Array("sha256:\(SHA256.hex(of: text.utf8))".utf8)
    }

    /// The answer, if one is kept.
    ///
    /// - Throws: as `Client.record` does.
    func value(isCancellable: Bool = true) async throws -> [UInt8]? {
        try await client.record(.get(space: Self.space, key: key), isCancellable: isCancellable)?.value
    }

    /// Keeps an answer, also for a task that was cancelled or has lost its lease: the next run needs it all the more.
    ///
    /// - Returns: the answer that is kept, which is an earlier one if another run was faster.
    /// - Throws: a `HandlerFailure` that rejects the message when the answer is too long, since another call would only
    ///   be made in vain; `ClientError`: `refused`, `closed`.
    func keep(_ answer: [UInt8]) async throws -> [UInt8] {
        guard answer.count <= Limits.record else {
            throw HandlerFailure.reject(
                code: "answer-too-long", note: "the answer has \(answer.count) bytes; at most \(Limits.record) are kept"
            )
        }
        let record = SetRecord(
            space: Self.space, key: key, expected: .exactly(0), lifetime: lifetime, value: answer)
        while true {
            do {
                _ = try await client.command(.set(record), retry: .report, isCancellable: false)
                return answer
            } catch let error as ClientError where error.code == .unknown {
                // If it arrived, the next attempt finds it.
            } catch let error as ClientError where error.code == .refused("version") {
                if let first = try await value(isCancellable: false) { return first }
            }
        }
    }
}
