// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// A topic as the store holds it.
package struct StoredTopic: Equatable, Sendable {
    /// Its id, never used again.
    package var id: UInt64
    /// Its name.
    package var name: String
    /// Its settings.
    package var settings: TopicSettings
    /// The offset of the oldest message that is kept.
    package var first: UInt64 = 1
    /// The offset that the next message gets; the row holds a lower bound, the log's last pack the truth.
    package var next: UInt64 = 1
    /// Bytes of records that the topic ever took.
    package var total: UInt64 = 0
    /// What `total` was before the oldest message that is kept.
    package var trimmed: UInt64 = 0
    /// Ids of messages below this offset are forgotten.
    package var firstID: UInt64 = 1

    /// The time of the last message that the topic took, in Unix milliseconds; times of a log never fall.
    package var lastTime: UInt64 = 0

    /// Scheduled messages whose numbers are below this one are cancelled.
    package var firstScheduled: UInt64 = 0
    /// Whether messages of it ever had a time to live.
    package var hasExpiring = false

    /// Makes a new topic.
    package init(id: UInt64, name: String, settings: TopicSettings) {
        self.id = id
        self.name = name
        self.settings = settings
    }
}
