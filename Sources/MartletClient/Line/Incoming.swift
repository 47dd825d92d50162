// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the broker sent: the next reply, or a push between replies.
package enum Incoming: Sendable {
    /// The answer to the oldest command that had none.
    case reply(Reply)
    /// The oldest command that had no answer was refused.
    case refusal(code: String, message: String)
    /// A message for a consumer.
    case message(IncomingMessage)
    /// Leases that are gone; work on them should stop.
    case lost(consumer: Int, tags: [ClosedRange<UInt64>], reason: String)
    /// A consumer that was detached without having asked for it; it gets nothing more.
    case gone(consumer: Int, reason: String)
    /// The broker is about to stop.
    case goodbye(reason: String)
}
