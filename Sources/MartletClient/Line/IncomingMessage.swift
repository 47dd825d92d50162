// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

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
    /// The options of the line (`id`, `key`, `process`, `cause`, ..), decoded; what is not UTF-8 is repaired.
    package var options: [String: String]
    /// The values of options that are not UTF-8, as they came.
    package var rawFields: [String: [UInt8]] = [:]
    /// The headers, in their order.
    package var headers: [(name: String, value: String)]
    /// The body, as it was published.
    package var body: [UInt8]

    /// The id as it came, when it is not UTF-8.
    package var idBytes: [UInt8]? {
        get { rawFields["id"] }
        set { rawFields["id"] = newValue }
    }
}
