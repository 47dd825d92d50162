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
    /// The names of its subscriptions.
    package var subscriptions: [String]
    /// How long its messages and their ids are kept.
    package var settings: TopicSettings
}

extension TopicInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("bytes", bytes)
            writer.member("dedupWindow", settings.dedupWindow)
            writer.member("first", first)
            writer.member("id", id)
            writer.member("maxAge", settings.maxAge)
            writer.member("maxBytes", settings.maxBytes)
            writer.member("maxMessages", settings.maxMessages)
            writer.member("messages", messages)
            writer.member("name", name)
            writer.member("next", next)
            writer.member("retention", settings.retention.word)
            writer.name("subscriptions")
            writer.list { writer in for name in subscriptions { writer.string(name) } }
            writer.member("unsettled", settings.unsettled.word)
        }
    }
}
