// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

/// What the broker has promised, from all that it was given and all that it said, and whether it keeps it.
///
/// It judges what leaves the broker, be it read or lost on the way, and what a start finds. It knows nothing of how the
/// broker does its work; where a fault leaves open what happened it allows either.
final class Promises {
    /// What a connection is for the core.
    struct Peer {
        let link: Link
        let resuming: String?
        var attachments: [UInt64: Attachment] = [:]
        /// Consumers that left with the connection, of which something may still be said.
        var ended: [UInt64: Attachment] = [:]
        var highestTags: [UInt64: UInt64] = [:]
        /// What was said since `BEGIN`.
        var transaction: [Request] = []
        var isOpen = true
    }

    /// What is known of a topic.
    struct Topic {
        let name: String
        /// Whether it is known to be there for good.
        var isMade = false
        /// Whether it was removed, and whether that is known to be for good.
        var isRemoved = false
        var isEndConfirmed = false
        /// The first message that is kept.
        var first: UInt64 = 1
        var publications: [UInt64: Publication] = [:]
        /// Times of messages by offset, 0 where they are not known.
        var times: [UInt64] = []
        /// What lies below was purged.
        var purgedBelow: UInt64 = 0
        var purges = 0
    }

    /// What a client has to be told of a consumer when it comes back.
    struct Farewell {
        /// Whether it is certain that the broker kept the consumer for it.
        let isCertain: Bool
        let until: UInt64
    }

    let configuration: BrokerConfiguration
    /// What went wrong first.
    private(set) var violation: String?
    /// Replies and deliveries that were looked at.
    private(set) var checks = 0

    var store: SimulatedStore?
    var clock = SimulatedClock()
    /// Topics that there ever were, by their ids, and those that are there, by their names.
    var topics: [UInt64: Topic] = [:]
    var topicIDs: [String: UInt64] = [:]
    /// Subscriptions that there ever were.
    var subscriptions: [SubscriptionLedger] = []
    /// What was asked to be made, and what to be deleted, by name.
    var topicsAsked: Set<String> = []
    var creations: [String: [Creation]] = [:]
    var endsAsked: [String: Int] = [:]
    /// What was asked by those who left in this step.
    var endsLeft: [String] = []
    /// Subscriptions whose deletion was confirmed at last, and sessions that were come back for.
    var ended: [SubscriptionLedger] = []
    var welcomed: Set<String> = []
    var farewells: [String: [UInt64: Farewell]] = [:]
    /// Steps of the broker.
    var step = 0
    var publications: [String: Publication] = [:]
    var transactions: [SimulatedTransaction] = []
    var records: [String: RecordLedger] = [:]
    var peers: [UInt64: Peer] = [:]
    /// Consumers whose connections are gone, by session and number.
    var kept: [String: [UInt64: Attachment]] = [:]
    /// The connection that holds a session.
    var holders: [String: UInt64] = [:]
    var turn = 0

    init(_ configuration: BrokerConfiguration) {
        self.configuration = configuration
    }

    func violate(_ text: String) {
        if violation == nil { violation = text }
    }

    func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
        expect(condition) { text() }
    }

    func expect(_ condition: Bool, text: () -> String) {
        checks += 1
        if !condition { violate(text()) }
    }

    func ledger(_ topic: String, _ name: String) -> SubscriptionLedger? {
        subscriptions.last { $0.topic == topic && $0.name == name && !$0.isRemoved }
    }

    /// How long a delivery of a subscription lasts.
    func lease(of subscription: SubscriptionLedger) -> Int {
        min(subscription.settings.lease, configuration.leaseCap)
    }

    /// The broker's process has ended, and with it all that it held in memory.
    func crash() {
        for subscription in subscriptions { subscription.crash() }
        (endsAsked, endsLeft) = ([:], [])
        peers = [:]
        kept = [:]
        holders = [:]
    }
}

/// What is known of a record that many clients write.
struct RecordLedger {
    /// Confirmed values by version.
    var values: [UInt64: String] = [:]
    var newest: UInt64 = 0
}
