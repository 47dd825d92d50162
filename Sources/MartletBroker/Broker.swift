// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
package import MartletStore

/// The broker's core: a synchronous state machine without thread, clock, socket or unseeded randomness.
///
/// A step is: `apply` what came in, `finish` to get the operations to commit, and then `committed` when the store
/// has taken them and `durable` once it has synced. Outboxes are taken whenever there may be some. Replies are
/// held back until what they confirm is durable, and messages are not delivered before they are.
package final class Broker {
    let store: any Store
    let configuration: BrokerConfiguration
    var random: SeededRandom
    let started: Moment
    /// The moment of the step in progress.
    var now: Moment

    var topics: [String: Topic] = [:]
    var connections: [ConnectionID: Connection] = [:]
    var nextTopicID: UInt64
    var nextSubscriptionID: UInt64
    var timers = TimerQueue()
    /// The last connection of each session whose leases may be kept, or are.
    var sessions: [String: Connection] = [:]
    /// Consumers that are kept although their connections are gone.
    var keptConsumers = 0
    /// Open transactions that have an id.
    var transactions: [[UInt8]: Transaction] = [:]
    /// Bytes that all open transactions hold.
    var transactionBytes = 0
    /// The store's own random number.
    package let seal: UInt64

    // What this step has gathered.
    var operations: [StoreOperation] = []
    var appending: [Topic] = []
    var changed: [Subscription] = []
    var pumping: [Subscription] = []
    var activating: [Consumer] = []
    var replying: [Connection] = []
    var deferring: [Subscription] = []
    var rows = PendingRows()

    /// The number of this step, and of the last one that is durable: settles are confirmed by then.
    var stepNumber: UInt64 = 1
    var confirmedStep: UInt64 = 0
    /// Connections whose deliveries wait for their settles to be confirmed.
    var held: [Connection] = []

    // What the last commit covers, until it is durable.
    var isCommitOutstanding = false
    /// Whether a step without operations waits for that commit.
    var hasJoined = false
    var committedTopics: [Topic] = []
    var committedConsumers: [Consumer] = []
    var committedReplies: [Connection] = []

    var ready: [Connection] = []
    var recent = Fifo<(topic: Topic, segment: Segment)>()
    var recentBytes = 0
    var deliveryCount: UInt64 = 0
    /// The time of the last message that was appended, in Unix milliseconds.
    var logTime: UInt64 = 0
    /// The leases of the ack at hand; its memory is used again.
    var settling: [Lease] = []
    /// Messages that the store holds but cannot read.
    package internal(set) var damaged: UInt64 = 0

    /// Loads what the store knows.
    ///
    /// - Throws: what the store throws.
    package init(
        store: any Store, configuration: BrokerConfiguration, now: Moment, seed: UInt64
    ) throws(StoreError) {
        self.store = store
        self.configuration = configuration
        self.now = now
        started = now
        random = SeededRandom(seed: seed)
        let state = try store.load()
        nextTopicID = state.nextTopic
        nextSubscriptionID = state.nextSubscription
        seal = state.seal
        var topicsByID: [UInt64: Topic] = [:]
        for row in state.topics {
            let topic = Topic(row)
            topics[row.name] = topic
            topicsByID[row.id] = topic
            armRetention(topic)
        }
        for stored in state.subscriptions {
            guard let topic = topicsByID[stored.row.topic] else {
                throw StoreError(.damaged, "subscription '\(stored.row.name)' belongs to no topic")
            }
            attach(Subscription(stored, topic: topic))
        }
        armExpiry()
    }

    /// When the core wants to be stepped although nothing comes in, in steady milliseconds.
    package var nextTimer: UInt64? { timers.next }

    /// Whether operations have been gathered since the last step was finished.
    package var hasWork: Bool { !operations.isEmpty || !changed.isEmpty || !appending.isEmpty }

    /// Applies what came in, and whatever has become due.
    package func apply(_ inputs: [Input], now: Moment) throws(StoreError) {
        self.now = now
        try runTimers()
        for input in inputs {
            switch input {
            case .connected(let id, let client, let session, let resuming):
                try connect(id, client: client, session: session, resuming: resuming)
            case .disconnected(let id): try disconnect(id)
            case .drained(let id): drained(id)
            case .commands(let batch): try apply(batch)
            case .stopping: for connection in connections.values { push(.stopping, to: connection) }
            }
        }
    }

    private func apply(_ batch: CommandBatch) throws(StoreError) {
        // A batch may arrive behind the end of its connection; there is nobody left to answer.
        guard let connection = connections[batch.connection] else { return }
        var topics: [Topic?] = Array(repeating: nil, count: batch.topics.count)
        for item in batch.items {
            switch item {
            case .publish(let run):
                let name = batch.topics[run.topic]
                if let transaction = connection.transaction {
                    queue(batch.records(of: run), run, to: name, in: transaction, for: connection)
                    continue
                }
                if topics[run.topic] == nil || topics[run.topic]?.isGone == true {
                    topics[run.topic] = topicToPublish(name)
                }
                try publish(run, of: batch, to: topics[run.topic], named: name, for: connection)
            case .ack(let number, let first, let last):
                if let transaction = connection.transaction {
                    let request = Settle(verb: .ack, consumer: number, tags: [first...last])
                    queue(.settle(request), bytes: 16, in: transaction, for: connection)
                    continue
                }
                try acknowledge(number, first, last, for: connection)
            case .command(let index):
                let command = batch.commands[index]
                if let transaction = connection.transaction,
                    try queue(command, in: transaction, for: connection)
                {
                    continue
                }
                try apply(command, for: connection)
            case .refused(let index): try refuse(batch.refusals[index], for: connection)
            }
        }
    }

    /// Answers a frame that was refused when it was read.
    private func refuse(_ refusal: Refusal, for connection: Connection) throws(StoreError) {
        if refusal.closes {
            try detachAll(of: connection, outcome: .disconnected)
            return reply(.closing(refusal), to: connection)
        }
        if let transaction = connection.transaction { queue(refusal, in: transaction) }
        reply(.refused(refusal), to: connection)
    }

    private func apply(_ command: Command, for connection: Connection) throws(StoreError) {
        do throws(Refusal) {
            switch command {
            case .subscribe(let fields): try reading { () throws in try self.subscribe(fields, for: connection) }
            case .settle(let fields): try reading { () throws in try self.settle(fields, for: connection) }
            case .touch(let fields): try touch(fields, for: connection)
            case .window(let number, let window): try setWindow(number, window, for: connection)
            case .unsubscribe(let number): try unsubscribe(number, for: connection)
            case .createTopic(let name, let options): try createTopic(name, options, for: connection)
            case .createSubscription(let topic, let name, let from, let options):
                try reading { () throws in try self.createSubscription(topic, name, from, options, for: connection) }
            case .deleteTopic(let name): try deleteTopic(name, for: connection)
            case .deleteSubscription(let topic, let name): try deleteSubscription(topic, name, for: connection)
            case .info(let subject): pending(of: connection).add(Lookup.info(subject))
            case .peek(let topic, let offset, let limit):
                pending(of: connection).add(Lookup.peek(topic: topic, offset: offset, limit: limit))
            case .purge(let topic, let before):
                try reading { () throws in try self.purge(topic, before, for: connection) }
            case .begin(let id, let refusal):
                try reading { () throws in try self.begin(id, refusal, for: connection) }
            case .commit: try reading { () throws in try self.commit(for: connection) }
            case .abort: try reading { () throws in try self.abort(for: connection) }
            case .outcome(let id): try reading { () throws in try self.outcome(id, for: connection) }
            case .get(let space, let key): try reading { () throws in try self.get(space, key, for: connection) }
            case .set(let fields): try reading { () throws in try self.set(fields, for: connection) }
            case .unset(let space, let key, let expected):
                try reading { () throws in try self.unset(space, key, expected, for: connection) }
            case .list(let fields): try reading { () throws in try self.list(fields, for: connection) }
            case .receipt(let fields): try reading { () throws in try self.receipt(fields, for: connection) }
            case .ping: reply(.pong, to: connection)
            case .bye:
                try reading { () throws in try self.detachAll(of: connection, outcome: .unsubscribed) }
                reply(.goodbye, to: connection)
            }
        } catch {
            reply(.refused(error), to: connection)
        }
        if let failure = takeFailure() { throw failure }
    }

    // MARK: - Errors

    private var failure: StoreError?

    private func takeFailure() -> StoreError? {
        defer { failure = nil }
        return failure
    }

    /// Runs what may be refused or may fail in the store; a failure is kept for the caller of the whole command.
    private func reading(_ body: () throws -> Void) throws(Refusal) {
        do {
            try body()
        } catch let refusal as Refusal {
            throw refusal
        } catch let error as StoreError {
            failure = error
        } catch {
            preconditionFailure("neither a refusal nor a store's error: \(error)")
        }
    }

    // MARK: - Connections

    /// Gives back what a connection's consumers hold: it takes nothing more.
    private func detachAll(of connection: Connection, outcome: DetachOutcome) throws(StoreError) {
        if let transaction = takeTransaction(of: connection) { try abort(transaction) }
        let consumers = Array(connection.consumers.values) + Array(connection.kept.values)
        for consumer in consumers.sorted(by: { $0.number < $1.number }) { try detach(consumer, outcome: outcome) }
    }

    private func drained(_ id: ConnectionID) {
        guard let connection = connections[id] else { return }
        connection.drained()
        reconsider(connection)
    }

    /// Finds the places of a connection's consumers, whose free windows changed all at once.
    func reconsider(_ connection: Connection) {
        if connection.consumers.count == 1, let only = connection.consumers.values.first {
            only.subscription.queue.update(only)
            return pumpLater(only.subscription)
        }
        var seen = Set<UInt64>()
        for consumer in connection.consumers.values where seen.insert(consumer.subscription.id).inserted {
            consumer.subscription.queue.rebuild()
            pumpLater(consumer.subscription)
        }
    }

    // MARK: - Replies

    func reply(_ item: Outbox.Item, to connection: Connection) {
        pending(of: connection).add(item)
    }

    func reply(_ reply: Reply, to connection: Connection) {
        pending(of: connection).add(reply)
    }

    /// Says something that is no reply and waits for nothing.
    func push(_ push: Reply, to connection: Connection) {
        outbox(of: connection).add(push)
    }

    func pending(of connection: Connection) -> Outbox {
        if let outbox = connection.pending { return outbox }
        let outbox = Outbox(connection.id)
        connection.pending = outbox
        replying.append(connection)
        return outbox
    }

    func outbox(of connection: Connection) -> Outbox {
        if let outbox = connection.ready { return outbox }
        let outbox = Outbox(connection.id)
        connection.ready = outbox
        ready.append(connection)
        return outbox
    }
}
