// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// A message as a consumer got it.
struct Got: Equatable {
    var consumer: UInt64
    var tag: UInt64
    var offset: UInt64
    var attempt: UInt32
    var body: String
    var receipt: String?
}

/// Drives a broker's core step by step, with a clock and a store that the test holds in its hands.
final class BrokerHarness {
    private(set) var store: MemoryStore
    private(set) var broker: Broker
    let configuration: BrokerConfiguration
    var now = Moment(wall: 1_790_000_000_000, steady: 1_000)
    /// What was said to each connection since it was last asked for: replies and pushes as the wire words them.
    private var replies: [UInt64: [String]] = [:]
    private var deliveries: [UInt64: [Got]] = [:]
    /// Whether a commit is out that is not durable.
    private(set) var isCommitOutstanding = false
    private let seed: UInt64

    init(
        _ configuration: BrokerConfiguration = BrokerConfiguration(), store: MemoryStore = MemoryStore(),
        seed: UInt64 = 1
    ) throws {
        self.configuration = configuration
        self.store = store
        self.seed = seed
        broker = try Broker(store: store, configuration: configuration, now: now, seed: seed)
    }

    // MARK: - Input

    func connect(_ connection: UInt64, resuming session: String? = nil) throws {
        try run([
            .connected(
                ConnectionID(connection), client: "client-\(connection)", session: "session-\(connection)",
                resuming: session)
        ])
    }

    func disconnect(_ connection: UInt64) throws {
        try run([.disconnected(ConnectionID(connection))])
    }

    /// Sends commands as one read of a connection and lets everything become durable.
    func send(_ connection: UInt64, _ gather: (inout CommandGatherer) -> Void) throws {
        try run([input(connection, gather)])
    }

    func send(_ connection: UInt64, _ requests: Command...) throws {
        try send(connection) { commands in
            for request in requests { commands.add(request) }
        }
    }

    func publish(_ connection: UInt64, _ topic: String, _ bodies: String..., key: String = "", id: String = "") throws {
        try send(connection) { commands in
            for body in bodies { commands.publish(topic, body, key: key, id: id) }
        }
    }

    func input(_ connection: UInt64, _ gather: (inout CommandGatherer) -> Void) -> Input {
        var commands = CommandGatherer()
        gather(&commands)
        let batch = CommandBatch()
        batch.take(&commands, of: ConnectionID(connection))
        return .commands(batch)
    }

    /// Lets time pass and the broker look at its clock.
    func pass(_ milliseconds: UInt64) throws {
        now.wall += milliseconds
        now.steady += milliseconds
        try run([])
    }

    /// One step and everything that follows from it, until all is durable.
    func run(_ inputs: [Input]) throws {
        try step(inputs)
        while broker.hasWork { try step([]) }
        try sync()
        while broker.hasWork {
            try step([])
            try sync()
        }
    }

    /// One step up to its commit.
    func step(_ inputs: [Input]) throws {
        try broker.apply(inputs, now: now)
        let batch = try broker.finish(now: now)
        collect()
        guard let batch else { return }
        try store.commit(batch)
        isCommitOutstanding = true
        try broker.committed(now: now)
        collect()
    }

    func sync() throws {
        guard isCommitOutstanding else { return }
        try store.sync()
        isCommitOutstanding = false
        try broker.durable(now: now)
        collect()
    }

    /// Kills the broker and starts it on what was durable.
    func crash() throws {
        store = store.crashed()
        replies = [:]
        deliveries = [:]
        isCommitOutstanding = false
        broker = try Broker(store: store, configuration: configuration, now: now, seed: seed &+ 1)
    }

    // MARK: - Output

    /// What was said to a connection since the last call.
    func heard(_ connection: UInt64) -> [String] {
        defer { replies[connection] = nil }
        return replies[connection] ?? []
    }

    /// What was delivered to a connection since the last call.
    func got(_ connection: UInt64) -> [Got] {
        defer { deliveries[connection] = nil }
        return deliveries[connection] ?? []
    }

    /// The last answer to a question about a subscription.
    func info(_ topic: String, _ subscription: String) throws -> SubscriptionInfo {
        try connect(999)
        try send(999, .info(.subscription(topic: topic, name: subscription)))
        return try #require(answered)
    }

    private var answered: SubscriptionInfo?

    private func collect() {
        for outbox in broker.takeOutboxes() {
            let connection = outbox.connection.value
            for item in outbox.items { replies[connection, default: []].append(contentsOf: text(of: item, outbox)) }
            for delivery in outbox.deliveries {
                let body = outbox.fields(of: delivery).map { String(decoding: $0.body, as: UTF8.self) } ?? "?"
                deliveries[connection, default: []].append(
                    Got(
                        consumer: delivery.consumer, tag: delivery.tag, offset: delivery.offset,
                        attempt: delivery.attempt, body: body,
                        receipt: delivery.receipt < 0 ? nil : outbox.receipts[Int(delivery.receipt)]))
            }
        }
    }

    private func text(of item: Outbox.Item, _ outbox: Outbox) -> [String] {
        switch item {
        case .published(let first, let count, let unseen):
            return (first..<(first + UInt64(count))).map { "OK \($0)" + (unseen ? " subs=0" : "") }
        case .duplicate(let offset): return ["DUP \(offset)"]
        case .queued(let count, _): return Array(repeating: "QUEUED", count: count)
        case .refused(let count, let index):
            return Array(repeating: text(of: outbox.replies[index]), count: count)
        case .settled(let count): return ["OK \(count)"]
        case .ok: return ["OK"]
        case .pong: return ["PONG"]
        case .reply(let index): return [text(of: outbox.replies[index])]
        }
    }

    private func text(of reply: Reply) -> String {
        func list(_ ranges: [ClosedRange<UInt64>]) -> String {
            ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
                .joined(separator: ",")
        }
        switch reply {
        case .refused(let refusal) where refusal.code == .tx || refusal.code == .version:
            return "ERR \(refusal.code.rawValue) \(refusal.text.split(separator: " ").first ?? "")"
        case .refused(let refusal), .closing(let refusal): return "ERR \(refusal.code.rawValue)"
        case .welcome(let session): return "WELCOME \(session)"
        case .replaced: return "BYE replaced"
        case .resumed(let tags, _): return "OK resumed=\(tags.map(String.init).joined(separator: ","))"
        case .committed(let count, let offsets, let duplicates):
            return "OK \(count)" + (offsets.isEmpty ? "" : " offsets=\(offsets)")
                + (duplicates.isEmpty ? "" : " dups=\(duplicates)")
        case .outcome(let word): return "OK \(word)"
        case .record(let version, _, _, let value): return "DATA \(version) \(String(decoding: value, as: UTF8.self))"
        case .none: return "NIL"
        case .records(let records):
            return "DATA "
                + records.map { "\(String(decoding: $0.key, as: UTF8.self))@\($0.version)" }.joined(separator: ",")
        case .subscribed(let isNew, _): return isNew ? "OK created" : "OK"
        case .settled(let count, let lost): return "OK \(count) lost=\(list(lost))"
        case .touched(let count, let until, let lost):
            return "OK \(count) until=\(until)" + (lost.isEmpty ? "" : " lost=\(list(lost))")
        case .lost(let consumer, let tags, let reason):
            return "LOST \(consumer) \(tags.map(String.init).joined(separator: ",")) \(reason)"
        case .stopping: return "BYE"
        case .goodbye: return "OK"
        case .subscription(let info):
            answered = info
            return "DATA"
        case .messages(let messages):
            return "DATA " + messages.map { "\($0.offset)" }.joined(separator: ",")
        case .broker, .topics, .topic, .consumers: return "DATA"
        }
    }
}

extension CommandGatherer {
    /// Adds a publish of text.
    mutating func publish(_ topic: String, _ body: String, key: String = "", id: String = "") {
        let (topic, body, key, id) = (Array(topic.utf8), Array(body.utf8), Array(key.utf8), Array(id.utf8))
        topic.withUnsafeBytes { topic in
            body.withUnsafeBytes { body in
                key.withUnsafeBytes { key in
                    id.withUnsafeBytes { id in
                        var fields = MessageFields()
                        fields.body = body
                        fields.key = key
                        fields.id = id
                        publish(topic: topic, fields, idKey: MemoryStore.idKey)
                    }
                }
            }
        }
    }
}

extension Command {
    /// Attaches a consumer.
    static func sub(
        _ consumer: UInt64 = 1, _ topic: String = "orders", _ subscription: String = "billing", window: Int? = nil,
        from: Start? = .earliest, _ change: (inout SubscriptionOptions) -> Void = { _ in }
    ) -> Command {
        var options = SubscriptionOptions()
        change(&options)
        return .subscribe(
            Subscribe(
                consumer: consumer, topic: topic, subscription: subscription, window: window, from: from,
                options: options))
    }

    /// Ends deliveries.
    static func settle(
        _ verb: Settle.Verb, _ tags: ClosedRange<UInt64>..., consumer: UInt64 = 1, delay: Int? = nil,
        code: String = "", note: String = ""
    ) -> Command {
        .settle(Settle(verb: verb, consumer: consumer, tags: tags, delay: delay, code: code, note: note))
    }
}
