// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What becomes of requests that get no reply.
extension ClientError {
    /// The connection ended before the reply.
    static func unanswered(_ error: ClientError) -> ClientError {
        ClientError(.unknown, "the outcome is unknown: \(error.message)", cause: error)
    }

    /// The lease was gone before the command was written.
    static let leaseLost = ClientError(.leaseLost, "the lease of the delivery is lost; the message comes again")

    /// The task was cancelled before anything was written.
    static let cancelled = ClientError(.closed, "the task was cancelled", cause: CancellationError())
}
