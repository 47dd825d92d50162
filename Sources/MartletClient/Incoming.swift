// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The answer to one command.
package struct Reply: Sendable {
    /// `OK`, `DUP`, `NIL`, `QUEUED` or `DATA`.
    package var word: String
    /// The words after the first that are not options with a value.
    package var fields: [String]
    /// The options with a value, decoded.
    package var options: [String: String]
    /// What followed a `DATA` line.
    package var data: [UInt8]
}

/// One message handed to a consumer of this connection.
package struct IncomingMessage: Sendable {
    /// The consumer that it was handed to.
    package var consumer: Int
    /// What settles this delivery.
    package var tag: Int
    /// The message's place in its topic.
    package var offset: Int
    /// Which delivery of this message it is, from 1.
    package var attempt: Int
    /// When the message was published, in Unix milliseconds.
    package var time: Int
    /// The options of the line (`id`, `key`, `process`, `cause`, `late`), decoded.
    package var options: [String: String]
    /// The headers, in their order.
    package var headers: [(name: String, value: String)]
    /// The body, as it was published.
    package var body: [UInt8]
}

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
    /// The broker is about to stop.
    case goodbye(reason: String)
}
