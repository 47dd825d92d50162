// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

// Publishing.
extension Client {
    /// Publishes a message and waits until the broker has it on disk.
    ///
    /// A message without an id gets one, so that the client can send it again when the connection ends before the
    /// confirm. A repeat that finds the client's own first copy does not count as a duplicate. For an id that the
    /// caller gave, it is unknown whose copy was found after an interruption, and `isDuplicate` is true.
    ///
    /// When `maxInFlightMessages` are unconfirmed, it waits for room; publishes go out in the order in which they came.
    ///
    /// - Throws: `ClientError`: `badArgument` when the draft cannot be written, `refused` with the broker's code (such
    ///   as `full` or `id-conflict`), `closed` when the client ended before it was sent, `unknown` when the client
    ///   ended, or the task was cancelled, after it was sent; `CancellationError` when the task was cancelled before.
    @discardableResult
    public func publish(_ draft: Draft) async throws -> Publication {
        try await telemetry.publishing(draft) { headers in
            var request = Request(frame: ByteBuffer())
            try draft.write(to: &request.frame, id: draft.id ?? makeID(), headers: headers)
            request.messages = 1
            request.largestBody = draft.body.count
            request.retry = .resend
            request.hasOwnIDs = draft.id == nil
            return try await wait(request) { .publication($0) }
        }
    }

    /// Publishes the messages of a batch and waits until the broker has answered for each.
    ///
    /// The messages stay together and in order. A batch counts with all its messages towards `maxInFlightMessages`;
    /// one that is larger waits until nothing else is unconfirmed. Messages that the broker refuses are in the result
    /// and do not stop the others.
    ///
    /// - Throws: `ClientError`: `refused` with `too-large`, when the broker does not take the largest of the messages,
    ///   before any is sent; `closed` when the client ended before it was sent; `unknown` when the connection ended
    ///   before all confirms and not every message has an id, or when the client ended or the task was cancelled after
    ///   it was sent. `CancellationError` when the task was cancelled before.
    public func publish(_ batch: MessageBatch) async throws -> BatchPublication {
        guard !batch.isEmpty else { return BatchPublication(Confirms()) }
        return try await telemetry.publishing(batch) {
            var request = Request(frame: batch.frame)
            request.replies = batch.count
            request.messages = batch.count
            request.largestBody = batch.largestBody
            request.retry = batch.hasIDs ? .resend : .report
            request.hasOwnIDs = batch.hasOnlyOwnIDs
            return BatchPublication(try await wait(request) { .batch($0) })
        }
    }
}
