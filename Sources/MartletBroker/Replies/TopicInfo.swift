// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `INFO` says of a topic.
package struct TopicInfo: Sendable {
    /// Its name.
    package var name: String
    /// Its id.
    package var id: UInt64
    /// The offset of the oldest message.
    package var first: UInt64
    /// The offset that the next message gets.
    package var next: UInt64
    /// Messages that are kept.
    package var messages: UInt64
    /// Bytes of their records.
    package var bytes: UInt64
    /// `limits`, `interest` or `work`.
    package var retention: String
    /// The names of its subscriptions.
    package var subscriptions: [String]
    /// The age at which messages go, in milliseconds; 0 is no limit.
    package var maxAge: UInt64
    /// Bytes that are kept; 0 is no limit.
    package var maxBytes: UInt64
    /// Messages that are kept; 0 is no limit.
    package var maxMessages: UInt64
    /// How long ids are remembered, in milliseconds; 0 is not at all.
    package var dedupWindow: UInt64
}

extension TopicInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("bytes", bytes)
            writer.member("dedupWindow", dedupWindow)
            writer.member("first", first)
            writer.member("id", id)
            writer.member("maxAge", maxAge)
            writer.member("maxBytes", maxBytes)
            writer.member("maxMessages", maxMessages)
            writer.member("messages", messages)
            writer.member("name", name)
            writer.member("next", next)
            writer.member("retention", retention)
            writer.name("subscriptions")
            writer.list { writer in for name in subscriptions { writer.string(name) } }
        }
    }
}
