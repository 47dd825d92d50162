// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A command on its way, and what is known of it on both sides.
final class Request {
    /// What is asked.
    enum Kind {
        case hello
        case publish(Publication)
        case command(Command)
    }

    let kind: Kind
    /// Whether the core answers it.
    let isAnswered: Bool
    /// The transaction that it belongs to, be it its first, its last or one between.
    let transaction: SimulatedTransaction?
    /// When it reached the broker's machine, in milliseconds of its steady clock.
    var arrived: UInt64 = 0
    /// The last batch that may hold what it changed, so that a reply has to wait for it.
    var batch: UInt64 = 0
    /// What had been confirmed of the record that it asks about when the core got it.
    var knownVersion: UInt64 = 0
    /// Which deliveries it meant when the core got it.
    var meant: [MeantDelivery] = []
    /// The subscription or the topic that it was about when the core got it.
    var ledger: SubscriptionLedger?
    var topicID: UInt64?

    init(_ kind: Kind, transaction: SimulatedTransaction? = nil, isAnswered: Bool = true) {
        self.kind = kind
        self.isAnswered = isAnswered
        self.transaction = transaction
    }
}

extension Request {
    var isHello: Bool {
        if case .hello = kind { true } else { false }
    }

    /// What it is, for people.
    var title: String {
        switch kind {
        case .hello: "HELLO"
        case .publish(let publication): "PUB \(publication.topic) \(publication.body.prefix(8)) \(publication.id)"
        case .command(.settle(let settle)):
            "\(settle.verb.rawValue) \(settle.consumer) \(Wording.text(of: settle.tags)) \(settle.delay ?? 0)"
        case .command(.touch(let touch)): "TOUCH \(touch.consumer) \(Wording.text(of: touch.tags)) \(touch.extend ?? 0)"
        case .command(.subscribe(let fields)):
            "SUB \(fields.consumer) \(fields.topic) \(fields.subscription) window=\(fields.window ?? 0) "
                + "grace=\(fields.grace)"
        case .command(.set(let set)): "SET \(String(decoding: set.key, as: UTF8.self)) \(set.expected)"
        case .command(.get(_, let key)): "GET \(String(decoding: key, as: UTF8.self))"
        case .command(.begin): "BEGIN \(transaction?.id ?? "")"
        case .command(.commit): "COMMIT \(transaction?.id ?? "")"
        case .command(let command): "\(command)"
        }
    }
}

/// A delivery that a settle or touch means.
struct MeantDelivery {
    let tag: UInt64
    let offset: UInt64
    let subscription: SubscriptionLedger
    /// Whether the lease had certainly not run out when the command arrived.
    let isInTime: Bool
    /// Whether nothing had been said about the delivery before.
    let isFirst: Bool

    /// Whether what is said about it must count.
    var isCertain: Bool { isInTime && isFirst && !subscription.isRemoved }
}

/// A message that a client published, perhaps more than once.
final class Publication {
    let topic: String
    let id: String
    let body: String
    /// The topic's id, once it is known.
    var topicID: UInt64?
    /// Its place in the topic, once that is known for good.
    var offset: UInt64?
    /// What the broker's wall clock said when it was confirmed.
    var confirmed: UInt64?
    /// Whether no reply is needed any more.
    var isResolved = false

    init(topic: String, id: String, body: String) {
        self.topic = topic
        self.id = id
        self.body = body
    }
}

/// A transaction of a client: a message in, a message out, a record.
final class SimulatedTransaction {
    /// What is known of how it ended.
    enum Outcome { case unknown, committed, refused }

    let id: String
    let publication: Publication
    /// The key of the record that it writes, and nobody else.
    let key: String
    var outcome = Outcome.unknown
    /// Whether its `COMMIT` may have reached the core.
    var mayBeCommitted = false

    init(id: String, publication: Publication, key: String) {
        self.id = id
        self.publication = publication
        self.key = key
    }
}
