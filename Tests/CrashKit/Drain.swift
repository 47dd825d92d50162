// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Consumes and acks all that is left, then asks the broker for its own counts.
struct Drain {
    private static let patience = 60
    private static let window = 256

    /// What `INFO` says of a topic.
    struct TopicCounts: Decodable {
        var name: String
        var first: Int
        var next: Int
        var messages: Int
    }

    /// What `INFO` says of a subscription.
    struct SubscriptionCounts: Decodable {
        var backlog: Int
        var inFlight: Int
        var deferred: Int
        var dead: Int
    }

    private let history: History
    private let epoch: Int
    private let number: Int
    private let connection: WireConnection
    private let control: WireConnection
    private var subscriptions: [SubscriptionName] = []
    private var asked: [(SubscriptionName, [MessageIdentity])] = []
    private var acks: [Int: (tags: [Int], identities: [MessageIdentity])] = [:]

    private init(port: Int, epoch: Int, history: History) throws {
        self.history = history
        self.epoch = epoch
        number = history.nextConnection()
        connection = try WireConnection(port: port)
        control = try WireConnection(port: port)
    }

    /// Drains the subscriptions of a load, then their dead letters, and notes the counts.
    static func run(port: Int, epoch: Int, history: History) throws {
        var drain = try Drain(port: port, epoch: epoch, history: history)
        try drain.empty(Load.setting.subscriptions)
        let letters = Set(Load.setting.subscriptions.map(\.deadLetters))
        let dead = try drain.topics().map(\.name).filter(letters.contains)
        try drain.empty(dead.map { SubscriptionName(topic: $0, name: "audit") })
        for topic in try drain.topics() where letters.contains(topic.name) || Load.topics.contains(topic.name) {
            history.add(.counted(topic: topic.name, messages: topic.messages, next: topic.next))
        }
        for subscription in Load.setting.subscriptions {
            history.add(.countedDead(subscription, try drain.counts(subscription).dead))
        }
    }

    private func topics() throws -> [TopicCounts] {
        try JSONDecoder().decode([TopicCounts].self, from: Data(control.request("INFO topics").data))
    }

    private func counts(_ subscription: SubscriptionName) throws -> SubscriptionCounts {
        let reply = try control.request("INFO subscription \(subscription.topic) \(subscription.name)")
        return try JSONDecoder().decode(SubscriptionCounts.self, from: Data(reply.data))
    }

    /// Consumes until the broker says that nothing is left.
    private mutating func empty(_ names: [SubscriptionName]) throws {
        for name in names {
            subscriptions.append(name)
            let start = Load.setting.subscriptions.contains(name) ? Load.options : "from=earliest"
            let line = "SUB \(subscriptions.count) \(name.topic) \(name.name) window=\(Self.window) \(start)"
            connection.send(line)
            asked.append((name, []))
        }
        try connection.flush()
        let deadline = ContinuousClock.now + .seconds(Self.patience)
        while true {
            while let frame = try connection.next(timeout: 30) {
                try take(frame)
                // Acks go out together when nothing more is here.
                while let frame = try connection.buffered() { try take(frame) }
                try sendAcks()
            }
            let left = try names.map(counts).filter { $0.backlog + $0.inFlight + $0.deferred > 0 }
            if left.isEmpty, asked.isEmpty { return }
            guard ContinuousClock.now < deadline else {
                throw ProcessFailure(description: "the queues do not become empty: \(left), \(asked.count) unanswered")
            }
        }
    }

    private mutating func take(_ frame: WireFrame) throws(WireError) {
        switch frame {
        case .message(let message):
            let subscription = subscriptions[message.consumer - 1]
            history.add(
                .delivered(
                    Observation(
                        subscription: subscription, offset: message.offset, attempt: message.attempt,
                        identity: message.identity, epoch: epoch, connection: number)))
            acks[message.consumer, default: ([], [])].tags.append(message.tag)
            guard let identity = message.identity else { return }
            acks[message.consumer]?.identities.append(identity)
            history.add(.settling(.ack, subscription, identity))
        case .reply(let line, _):
            guard !asked.isEmpty else { throw .violation("'\(line)' in answer to nothing") }
            let (subscription, identities) = asked.removeFirst()
            guard line.hasPrefix("OK"), !line.contains("lost=") else { throw .violation("'\(line)' in answer to ACK") }
            for identity in identities { history.add(.settled(.ack, subscription, identity)) }
        case .refusal(let line): throw .violation("'\(line)'")
        case .goodbye, .lost: throw .violation("BYE or LOST to a consumer that did nothing wrong")
        }
    }

    private mutating func sendAcks() throws(WireError) {
        for (consumer, (tags, identities)) in acks {
            var rest = tags[...]
            // A line has room for so many tags.
            while !rest.isEmpty {
                connection.send("ACK \(consumer) \(rest.prefix(256).map(String.init).joined(separator: ","))")
                rest = rest.dropFirst(256)
                asked.append((subscriptions[consumer - 1], rest.isEmpty ? identities : []))
            }
        }
        acks.removeAll(keepingCapacity: true)
        try connection.flush()
    }
}
