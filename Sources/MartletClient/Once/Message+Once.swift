// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Message {
    /// Makes an outside call and keeps its answer, as bytes, for each further run of the handler for this message.
    ///
    /// Such a run is a redelivery, or a rerun of a step. One that finds the answer does not make the call.
    ///
    /// The answer is kept under the message's `idempotencyKey` and the name of the call. It is kept in any case once
    /// the call has returned, in a task that was cancelled too. Between the end of the call and the moment at which the
    /// broker has the answer, and while two runs overlap because a lease was lost, the call may be made again; hand it
    /// `idempotencyKey`. Of two answers the one that was kept first holds for both runs.
    ///
    /// It takes one question to the broker, and for the first answer one flush of its disk. On a message that a test
    /// made, the call is made and nothing is kept.
    ///
    /// - Parameters:
    ///   - name: Which of the handler's calls it is: words of A-Z a-z 0-9 _ - joined by dots, at most 200 bytes.
    ///   - keep: How long the answer is kept; without it for 7 days, as receipts are.
    ///   - call: Makes the call. Its answer has at most 65,536 bytes; a longer one rejects the message.
    /// - Returns: the answer of this call, or of an earlier one.
    /// - Throws: what the call throws, and then nothing is kept; `ClientError`: `badArgument`, and `leaseLost` when the
    ///   delivery has lost its lease, both before the call; `refused`, such as with `full`; `closed`.
    public func onceBytes(
        _ name: String, keep: Duration? = nil, _ call: () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        guard let holding = holding.value else { return try await call() }
        let answer = try KeptAnswer(holding.client, self, call: name, keep: keep)
        if let kept = try await answer.value() { return kept }
        guard !holding.lease.isLost else { throw ClientError.leaseLost }
        return try await answer.keep(try await call())
    }
}
