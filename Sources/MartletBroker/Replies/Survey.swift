// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `INFO survey` says: some topics with their subscriptions, and where to go on.
package struct Survey: Sendable {
    /// A topic, and some of its subscriptions.
    package struct Topic: Sendable {
        /// What `INFO topic` says of it.
        package var info: TopicInfo
        /// Messages that it took since it was made.
        package var published: UInt64
        /// Bytes of their records.
        package var publishedBytes: UInt64
        /// Subscriptions of it, as far as this part goes.
        package var subscriptions: [Subscription]
    }

    /// A subscription.
    package struct Subscription: Sendable {
        /// What `INFO subscription` says of it.
        package var info: SubscriptionInfo
        /// The oldest message that is not settled, if there is one.
        package var oldest: Oldest?
        /// What happened to its messages since the start of the process.
        package var counts: DeliveryCounts
        /// How much its consumers could take now.
        package var credit: Int
        /// Bytes of the log from the oldest message on that is not settled.
        package var backlogBytes: UInt64
        /// Keys whose messages wait for an older one of theirs.
        package var blockedKeys: Int
        /// When the oldest dead letter died, in Unix milliseconds, if there is one.
        package var oldestDead: UInt64?
    }

    /// The message that has not been settled for the longest time.
    package struct Oldest: Equatable, Sendable {
        /// Its offset.
        package var offset: UInt64
        /// When it became visible, in Unix milliseconds; nil when it is not in the log any more.
        package var time: UInt64?

        /// Makes one.
        package init(offset: UInt64, time: UInt64?) {
            self.offset = offset
            self.time = time
        }
    }

    /// The topics.
    package var topics: [Topic] = []
    /// Where the next part begins; nil when this was the last one.
    package var next: SurveyPlace?
    /// What happened since the start of the process; for those within it only.
    package var counts: BrokerCounts
    /// How much there is now; for those within it only, with the last part.
    package var levels: BrokerLevels?
}

extension Survey: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if let next { writer.member("next", "\(next.topic)-\(next.subscription)") }
            writer.name("topics")
            writer.list { writer in
                for topic in topics {
                    writer.object { writer in
                        writer.member("published", topic.published)
                        writer.member("publishedBytes", topic.publishedBytes)
                        writer.name("subscriptions")
                        writer.list { writer in for each in topic.subscriptions { each.write(to: &writer) } }
                        writer.name("topic")
                        topic.info.write(to: &writer)
                    }
                }
            }
        }
    }
}

extension Survey.Subscription: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in info.writeMembers(to: &writer, oldest: oldest) }
    }
}
