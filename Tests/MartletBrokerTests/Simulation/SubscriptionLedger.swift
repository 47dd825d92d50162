// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// What is known of one subscription from what its consumers were told and said.
final class SubscriptionLedger {
    /// A delivery that has not certainly ended.
    struct Lease {
        let attachment: Attachment
        let tag: UInt64
        /// When it began, in steady milliseconds.
        let delivered: UInt64
        /// Until when it certainly lasts, unless something is said about it.
        var sureUntil: UInt64
        var isTouched = false
        /// How many things were said that may have ended it.
        var ends = 0
        var mayHaveEnded: Bool { ends > 0 }
    }

    /// What is known of one message.
    struct Message {
        var lease: Lease?
        /// Acks that were taken and not confirmed; they may have been done.
        var possibleAcks = 0
        /// Whether it was confirmed that it is settled.
        var isAcked = false
        var isRejected = false
        /// Ends of deliveries that count as failures at most.
        var failures: UInt64 = 0
        /// Deliveries in this life of the broker.
        var attempts: UInt32 = 0
        var deliveries = 0
        /// The outcome that was confirmed to be kept, and those that may be.
        var receipt: String?
        var possibleReceipts: Set<String> = []
    }

    let topic: String
    let name: String
    let settings: SubscriptionSettings
    /// Its id in the store, and that of its topic.
    let id: UInt64
    let topicID: UInt64
    /// Where it begins.
    var start: UInt64 = 1
    /// Whether it is known to be there for good.
    var isMade = false
    /// Whether it was removed, and whether that is known to be for good.
    var isRemoved = false
    var isEndConfirmed = false
    /// The last moment at which it had a consumer for certain, in steady milliseconds.
    var lastUse: UInt64 = 0
    var messages: [UInt64: Message] = [:]
    /// The newest message that was delivered in this life of the broker, and the one before the turn at hand.
    private var newest: UInt64 = 0
    private var newestBefore: UInt64 = 0
    private var turn = 0

    init(_ topic: String, _ name: String, _ settings: SubscriptionSettings, id: UInt64, topicID: UInt64) {
        self.id = id
        self.topicID = topicID
        self.topic = topic
        self.name = name
        self.settings = settings
    }

    var title: String { "\(topic)/\(name)" }

    /// Takes a delivery; why it may not be.
    ///
    /// - Parameter mayForget: whether receipts may have expired.
    func deliver(
        _ got: Got, to attachment: Attachment, turn: Int, lease: Int, mayForget: Bool, at now: UInt64
    ) -> String? {
        var message = messages[got.offset] ?? Message()
        if isRemoved { return "is of a subscription that was removed" }
        if got.offset < start { return "lies before \(start), where the subscription begins" }
        if message.isAcked { return "was settled, and that was confirmed" }
        if let lease = message.lease, !lease.mayHaveEnded, now < lease.sureUntil {
            return "is leased to \(lease.attachment.title) for \(lease.sureUntil - now) ms more"
        }
        if got.attempt <= message.attempts { return "is attempt \(got.attempt) after \(message.attempts)" }
        if got.attempt == 1 {
            if turn != self.turn { (self.turn, newestBefore) = (turn, newest) }
            if got.offset <= newestBefore { return "comes for the first time behind \(newestBefore)" }
            newest = max(newest, got.offset)
        }
        if let receipt = message.receipt, got.receipt != receipt, got.receipt != nil || !mayForget {
            return "has the receipt \(got.receipt ?? "nil"), not \(receipt)"
        }
        if let receipt = got.receipt, !message.possibleReceipts.contains(receipt) {
            return "has the receipt \(receipt), which nobody wrote"
        }
        message.attempts = got.attempt
        message.deliveries += 1
        message.lease = Lease(attachment: attachment, tag: got.tag, delivered: now, sureUntil: now + UInt64(lease))
        messages[got.offset] = message
        return nil
    }

    /// The broker has died: nothing is leased any more, and what was never counted on disk counts anew.
    func crash() {
        for offset in messages.keys {
            messages[offset]?.lease = nil
            messages[offset]?.attempts = 0
        }
        newest = 0
        newestBefore = 0
    }
}

/// A consumer as the core knows it: on a connection, or kept for its session.
final class Attachment {
    let number: UInt64
    let subscription: SubscriptionLedger
    var link: UInt64
    /// What it may hold; the larger of two while a change is not confirmed.
    var window: Int
    var grace: Int
    /// In which step of the broker its connection was lost, and until when it is kept.
    var keptStep = 0
    var keptUntil: UInt64 = 0
    /// Whether its client has said that it leaves, which the core may not have come to.
    var isLeaving = false
    /// What it was given, by tag.
    var given: [UInt64: UInt64] = [:]
    /// Tags whose deliveries have not certainly ended.
    var live: Set<UInt64> = []

    init(_ number: UInt64, _ subscription: SubscriptionLedger, link: UInt64, window: Int, grace: Int) {
        self.number = number
        self.subscription = subscription
        self.link = link
        self.window = window
        self.grace = grace
    }

    var title: String { "\(link)/\(number)" }

    /// Deliveries that it holds for certain.
    var held: Int {
        live.count { tag in
            guard let offset = given[tag], let lease = subscription.messages[offset]?.lease else { return false }
            return lease.attachment === self && lease.tag == tag && !lease.mayHaveEnded
        }
    }
}
