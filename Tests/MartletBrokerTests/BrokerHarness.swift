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

/// A delivery as it left the broker.
struct Handed {
    /// Which turn of the outboxes brought it: between connections, those of one turn have no order.
    var turn: Int
    var connection: UInt64
    var got: Got
    /// Bytes of the message's record.
    var size: Int
    /// What a person said about it, and its failures so far.
    var note: String?
    var failures: UInt32 = 0
}

/// A line that was kept aside, which comes before the deliveries of its turn.
struct Aside {
    var turn: Int
    var connection: UInt64
    var line: String
}

/// Drives a broker's core step by step, with a clock and a store that the test holds in its hands.
final class BrokerHarness {
    private(set) var store: MemoryStore
    private(set) var broker: Broker
    let configuration: BrokerConfiguration
    var now = Moment(wall: 1_790_000_000_000, steady: 1_000)
    /// What was said to each connection since it was last asked for: replies and pushes as the wire words them.
    private var replies: [UInt64: [String]] = [:]
    /// What was delivered since it was last asked for.
    private var handed: [Handed] = []
    private var outboxTurns = 0
    /// Connections that are to say when they have taken everything.
    private(set) var blocked: Set<UInt64> = []
    /// All that was committed and said, if that is to be remembered.
    private(set) var transcript: Transcript?
    /// What becomes of deliveries before `gotByAll` tells them.
    var tamper: (inout [Handed]) -> Void = { _ in }
    /// Which of the lines that connections hear are kept aside until `takeAside`.
    var keepsAside: (String) -> Bool = { _ in false }
    private(set) var aside: [Aside] = []
    /// Which inputs the broker does not get.
    var loses: (Input) -> Bool = { _ in false }
    /// The time that the broker is told instead of the true one.
    var clock: (Moment) -> Moment = { $0 }
    /// Whether a commit is out that is not durable.
    private(set) var isCommitOutstanding = false
    private let seed: UInt64
    /// Answers to the questions that the test itself asks.
    private(set) var answers: [Reply] = []
    private var canAsk = false
    /// The connection that asks them.
    static let asking: UInt64 = 999

    init(
        _ configuration: BrokerConfiguration = BrokerConfiguration(), store: MemoryStore = MemoryStore(),
        seed: UInt64 = 1, remembersAll: Bool = false
    ) throws {
        self.configuration = configuration
        self.store = store
        self.seed = seed
        transcript = remembersAll ? Transcript() : nil
        broker = try Broker(store: store, configuration: configuration, now: now, seed: seed)
    }

    // MARK: - Input

    func connect(_ connection: UInt64, resuming session: String? = nil, as access: Access = .all) throws {
        try run([
            .connected(
                ConnectionID(connection), client: "client-\(connection)", session: "session-\(connection)",
                resuming: session, access: access)
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
        try publish(connection, topic, bodies, key: key, id: id)
    }

    func publish(_ connection: UInt64, _ topic: String, _ bodies: [String], key: String = "", id: String = "") throws {
        try send(connection) { commands in
            for body in bodies { commands.publish(topic, body, key: key, id: id) }
        }
    }

    func input(
        _ connection: UInt64, as access: Access? = nil, _ gather: (inout CommandGatherer) -> Void
    ) -> Input {
        var commands = CommandGatherer()
        gather(&commands)
        let batch = CommandBatch()
        batch.take(&commands, of: ConnectionID(connection), as: access)
        return .commands(batch)
    }

    /// Lets time pass and the broker look at its clock.
    func pass(_ milliseconds: UInt64) throws {
        now.wall += milliseconds
        now.steady += milliseconds
        try run([])
    }

    /// Lets time pass in which the broker hears nothing, and then of all that arrived meanwhile.
    func stall(_ milliseconds: UInt64, _ inputs: [(after: UInt64, input: Input)]) throws {
        let arrivals = inputs.map { Arrival($0.input, at: now.steady + $0.after) }
        now.wall += milliseconds
        now.steady += milliseconds
        try step(arrivals: arrivals)
        try run([])
    }

    /// One step and everything that follows from it, until all is durable.
    func run(_ inputs: [Input]) throws {
        try step(inputs)
        while isBusy {
            let committed = store.commits
            try step([])
            // What waits for the last commit shall not wait for another.
            if store.commits == committed { try sync() }
        }
        try sync()
        while isBusy {
            try step([])
            try sync()
        }
    }

    /// Whether something is left to do now, such as what a step had no room for.
    private var isBusy: Bool { broker.hasWork || broker.nextTimer.map { $0 <= clock(now).steady } ?? false }

    /// One step up to its commit.
    func step(_ inputs: [Input]) throws {
        try step(arrivals: inputs.map { Arrival($0, at: clock(now).steady) })
    }

    private func step(arrivals: [Arrival]) throws {
        for case .drained(let connection) in arrivals.map(\.input) { blocked.remove(connection.value) }
        let now = clock(now)
        try broker.apply(arrivals.filter { !loses($0.input) }, now: now)
        let batch = try broker.finish(now: now)
        if let batch { transcript?.add(batch) }
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
        try broker.durable(now: clock(now))
        collect()
    }

    /// Kills the broker, lets time pass, and starts it on what was durable.
    func restart(after milliseconds: UInt64) throws {
        now.wall += milliseconds
        now.steady += milliseconds
        try crash()
        try run([])
    }

    /// Kills the broker and starts it on what was durable.
    func crash() throws {
        store = store.crashed()
        replies = [:]
        aside = []
        handed = []
        blocked = []
        canAsk = false
        isCommitOutstanding = false
        broker = try Broker(store: store, configuration: configuration, now: now, seed: seed &+ 1)
    }

    // MARK: - Output

    /// What was said to a connection since the last call.
    func heard(_ connection: UInt64) -> [String] {
        defer { replies[connection] = nil }
        return replies[connection] ?? []
    }

    /// What was said to each connection since the last call.
    func heardByAll() -> [UInt64: [String]] {
        defer { replies = [:] }
        return replies
    }

    /// The lines that were kept aside since the last call.
    func takeAside() -> [Aside] {
        defer { aside = [] }
        return aside
    }

    /// What was delivered to a connection since the last call.
    func got(_ connection: UInt64) -> [Got] {
        defer { handed.removeAll { $0.connection == connection } }
        return handed.filter { $0.connection == connection }.map(\.got)
    }

    /// What was delivered to all connections since the last call, in order.
    func gotByAll() -> [Handed] {
        defer { handed = [] }
        tamper(&handed)
        return handed
    }

    /// The answers to questions, which a connection of their own asks for a user.
    func ask(_ questions: [Command], as access: Access = .all) throws -> [Reply] {
        if !canAsk { try connect(Self.asking) }
        canAsk = true
        answers = []
        let input = input(Self.asking, as: access) { commands in
            for question in questions { commands.add(question) }
        }
        try run([input])
        replies[Self.asking] = nil
        return answers
    }

    /// What the broker says of a subscription.
    func info(_ topic: String, _ subscription: String) throws -> SubscriptionInfo {
        let answers = try ask([.info(.subscription(topic: topic, name: subscription))])
        guard case .subscription(let info)? = answers.first else { throw Refusal.unknownSubscription(subscription) }
        return info
    }

    /// The bodies of a topic's messages.
    func bodies(_ topic: String) throws -> [String] {
        guard case .messages(let messages)? = try ask([.peek(topic: topic, offset: 1, limit: 1_000)]).first else {
            return []
        }
        return messages.elements.map { message in
            message.fields.map { String(decoding: $0.body, as: UTF8.self) } ?? "?"
        }
    }

    private func collect() {
        outboxTurns += 1
        for outbox in broker.takeOutboxes() {
            transcript?.add(outbox)
            let connection = outbox.connection.value
            if connection == Self.asking { answers += outbox.replies }
            if outbox.wantsDrained { blocked.insert(connection) }
            for line in outbox.items.flatMap({ Wording.text(of: $0, in: outbox) }) {
                if keepsAside(line) {
                    aside.append(Aside(turn: outboxTurns, connection: connection, line: line))
                } else {
                    replies[connection, default: []].append(line)
                }
            }
            for delivery in outbox.deliveries {
                let body = outbox.fields(of: delivery).map { String(decoding: $0.body, as: UTF8.self) } ?? "?"
                let got = Got(
                    consumer: delivery.consumer, tag: delivery.tag, offset: delivery.offset,
                    attempt: delivery.attempt, body: body,
                    receipt: delivery.receipt < 0 ? nil : outbox.receipts[Int(delivery.receipt)])
                let note = delivery.note < 0 ? nil : outbox.notes[Int(delivery.note)]
                handed.append(
                    Handed(
                        turn: outboxTurns, connection: connection, got: got, size: delivery.size, note: note,
                        failures: delivery.failures))
            }
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
