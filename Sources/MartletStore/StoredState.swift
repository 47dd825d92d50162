// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a store knows when it is opened.
package struct StoredState: Sendable {
    /// A subscription with its chunks: words, or none for a complete one.
    package struct Subscription: Sendable {
        /// The row.
        package var row: StoredSubscription
        /// The chunks above the floor that have settled messages, in order.
        package var chunks: [(chunk: UInt64, words: [UInt64]?)]
        /// Whether receipts were written for it.
        package var hasReceipts: Bool
        /// Offsets of messages that are to be delivered although they were settled.
        package var reopened: [UInt64] = []

        /// Makes the state of one subscription.
        package init(
            row: StoredSubscription, chunks: [(chunk: UInt64, words: [UInt64]?)], hasReceipts: Bool = false
        ) {
            self.row = row
            self.chunks = chunks
            self.hasReceipts = hasReceipts
        }
    }

    /// The topics in the order of their ids.
    package var topics: [StoredTopic] = []
    /// The subscriptions in the order of their ids.
    package var subscriptions: [Subscription] = []
    /// The id of the next topic.
    package var nextTopic: UInt64 = 1
    /// The id of the next subscription.
    package var nextSubscription: UInt64 = 1
    /// The number with which ids are hashed; nil in a new file.
    package var idKey: UInt64?
    /// The index of the last batch that was applied; 0 in a new file.
    package var applied: UInt64 = 0
    /// The broker's due time of that batch; 0 when it is not known.
    package var time: UInt64 = 0

    package init() {}
}
