// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What the broker says of itself in a message (semantics 8).
struct SystemEvent {
    /// What it is about; the word is the end of the topic's name.
    enum Kind: String, CaseIterable {
        case dead = "message.dead"
        case failing = "message.failing"
        case expired = "message.expired"
        case lost = "message.lost"
        case parked = "message.parked"
        case resolved = "message.resolved"
        case leaseExpired = "lease.expired"
        case keyBlocked = "key.blocked"
        case slowConsumer = "consumer.slow"
        case idleSubscription = "subscription.idle"
        case noSubscriber = "topic.no-subscriber"
        case missed = "expect.missed"
        case storageHigh = "storage.high"
        case storageFull = "storage.full"
        case storageRoom = "storage.room"
        case redriveDone = "redrive.done"

        /// The topic in which it is said.
        var topic: String { "$sys.\(rawValue)" }

        var severity: String {
            switch self {
            case .parked, .resolved, .storageRoom, .redriveDone: "info"
            case .lost, .missed, .storageFull: "error"
            default: "warning"
            }
        }
    }

    /// What a redrive came to.
    struct Redriven {
        var meant: UInt64
        var redriven: UInt64
        var diedAgain: UInt64
        var stopped: Bool
    }

    var kind: Kind
    var topic = ""
    var offset: UInt64 = 0
    var subscription = ""
    var consumer = ""
    var key: [UInt8] = []
    var process: [UInt8] = []
    var attempt: UInt64 = 0
    var reason = ""
    var code = ""
    var note = ""
    var cause: [UInt8] = []
    /// Messages for which it stands, and the first and last of them.
    var count: UInt64 = 1
    var first: UInt64 = 0
    var last: UInt64 = 0
    var verdict: Verdict?
    var expectation: String?
    var redriven: Redriven?

    init(_ kind: Kind, topic: String = "", offset: UInt64 = 0, subscription: String = "") {
        self.kind = kind
        self.topic = topic
        self.offset = offset
        self.subscription = subscription
        (first, last) = (offset, offset)
    }

    /// Takes what a message says of itself.
    mutating func take(_ fields: MessageFields) {
        (key, process, cause) = (Array(fields.key), Array(fields.process), Array(fields.cause))
    }

    /// The body of the message.
    func body(id: UInt64, time: UInt64) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", String(id, radix: 16))
            writer.member("time", time)
            writer.member("severity", kind.severity)
            writer.member(ifPresent: "topic", topic)
            if count > 1 {
                writer.member("count", count)
                writer.member("first", first)
                writer.member("last", last)
            } else if offset > 0 {
                writer.member("offset", offset)
            }
            writer.member(ifPresent: "subscription", subscription)
            writer.member(ifPresent: "consumer", consumer)
            if !key.isEmpty { writer.member("key", key) }
            if !process.isEmpty { writer.member("process", process) }
            if attempt > 0 { writer.member("attempt", attempt) }
            writer.member(ifPresent: "reason", reason)
            writer.member(ifPresent: "code", code)
            writer.member(ifPresent: "note", note)
            if !cause.isEmpty { writer.member("cause", cause) }
            writer.member(ifPresent: "verdict", verdict?.rawValue)
            writer.member(ifPresent: "expectation", expectation)
            if let redriven {
                writer.member("meant", redriven.meant)
                writer.member("redriven", redriven.redriven)
                writer.member("diedAgain", redriven.diedAgain)
                writer.member("stopped", redriven.stopped)
            }
        }
        return writer.bytes
    }
}
