// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// A message: who published it, and its number among that publisher's messages.
struct MessageIdentity: Hashable, Sendable, CustomStringConvertible {
    var publisher: Int
    var sequence: Int

    var description: String { "\(publisher)-\(sequence)" }
}

/// A subscription and the topic that it reads.
struct SubscriptionName: Hashable, Sendable, CustomStringConvertible {
    var topic: String
    var name: String

    var description: String { "\(topic)/\(name)" }
    /// The topic that its dead letters go to.
    var deadLetters: String { "$dead.\(topic).\(name)" }
}

/// How a consumer answers a delivery.
enum Settlement: String, Sendable {
    case ack = "ACK"
    case nack = "NACK"
    case release = "RELEASE"
    case reject = "REJECT"
}

/// What a consumer saw.
struct Observation: Sendable {
    var subscription: SubscriptionName
    var offset: Int
    var attempt: Int
    /// What the body says it is; nil when the body, its checksum and its id do not belong together.
    var identity: MessageIdentity?
    /// The life of the broker's process, from 0.
    var epoch: Int
    /// The connection, a number that is never used again.
    var connection: Int
}

/// Something that a client did or learned.
///
/// What is asked for is noted before it is sent, and what is learned when it has arrived: between the two the outcome
/// is unknown.
enum Event: Sendable {
    case sent(MessageIdentity, topic: String)
    case confirmed(MessageIdentity, offset: Int)
    case refused(MessageIdentity)
    case delivered(Observation)
    case settling(Settlement, SubscriptionName, MessageIdentity)
    case settled(Settlement, SubscriptionName, MessageIdentity)
    /// The client closes a connection that the broker could have gone on with.
    case ended(connection: Int)
    /// What `INFO` says of a topic when everything is settled.
    case counted(topic: String, messages: Int, next: Int)
    /// What `INFO` says of a subscription's dead letters when everything is settled.
    case countedDead(SubscriptionName, Int)
}

/// The events of all clients, in an order that no client would contradict.
final class History: Sendable {
    private struct State {
        var events: [Event] = []
        var problems: [String] = []
        var connections = 0
        var publishers = 0
        var goodbyes: Set<Int> = []
        var answered: Set<Int> = []
    }

    private let state = Lock(State())

    func add(_ event: Event) {
        state.withLock { $0.events.append(event) }
    }

    /// Notes what should not have happened and is no matter of messages.
    func add(problem: String) {
        state.withLock { $0.problems.append(problem) }
    }

    func nextConnection() -> Int {
        state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    func nextPublisher() -> Int {
        state.withLock { state in
            state.publishers += 1
            return state.publishers
        }
    }

    /// The broker has answered a command of a connection.
    func answered(_ connection: Int) {
        state.withLock { _ = $0.answered.insert(connection) }
    }

    /// The broker said `BYE` on a connection.
    func saidGoodbye(_ connection: Int) {
        state.withLock { _ = $0.goodbyes.insert(connection) }
    }

    var events: [Event] { state.withLock { $0.events } }
    var problems: [String] { state.withLock { $0.problems } }

    /// Connections that the broker has answered, that no client closed, and to which it did not say `BYE`.
    var withoutGoodbye: Set<Int> {
        state.withLock { state in
            var left = state.answered.subtracting(state.goodbyes)
            for case .ended(let connection) in state.events { left.remove(connection) }
            return left
        }
    }
}
