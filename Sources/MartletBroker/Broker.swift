// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
package import MartletStore

/// The broker's core: a synchronous state machine without thread, clock, socket or unseeded randomness.
///
/// A step is: `apply` what came in, `finish` to get the batch to commit, and then `committed` when the store has taken
/// it and `durable` once it has synced. Outboxes are taken whenever there may be some. Replies are held back until
/// what they confirm is durable, and messages are not delivered before they are. The same inputs, times and seed give
/// the same batches and outboxes, byte for byte.
package final class Broker {
    let store: any Store
    let configuration: BrokerConfiguration
    var random: SeededRandom
    let started: Moment
    // SAFETY: as with what a step gathers, below.
    /// The moment of the step in progress.
    @exclusivity(unchecked) var now: Moment

    @exclusivity(unchecked) var topics: [String: Topic] = [:]
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
    /// About how many ids all topics have in memory; those that were forgotten are taken off now and then.
    var idsInMemory = 0
    /// The number with which ids are hashed.
    package let idKey: UInt64
    /// The index of the next batch.
    var nextBatch: UInt64

    /// What steps have left for the next one, in order.
    var unfinished = Fifo<UnfinishedWork>()
    /// The connection whose long answer is being written.
    var answering: Connection?
    /// Connections whose long answers wait for that.
    var asking = Fifo<Connection>()
    /// Ids that this step may still read from the store.
    var idRoom = 0
    /// Bytes of long answers for which this step has room.
    var answerRoom = 0
    /// Batches whose commands are all applied.
    var applied: [CommandBatch] = []
    /// What all subscriptions remember of messages that wait behind held keys.
    let keyMemory: KeyMemory
    /// Subscriptions that read no further, since no more can be remembered.
    var starved: [Subscription] = []
    /// The topics in the order of their names.
    var topicOrder = SortedBlocks<String, Topic>()
    /// The connections in the order of their ids.
    var connectionOrder = SortedBlocks<UInt64, Connection>()
    /// The topics by their ids.
    var topicsByID: [UInt64: Topic] = [:]
    /// The timer that makes scheduled messages visible.
    let scheduledTimer = TimerPlace()
    /// Scheduled messages that this step took: with the batch's number it makes theirs.
    var scheduledCount: UInt64 = 0
    /// Up to where what is due has been looked at, when it is more than one step looks at.
    var dueLooked: [KeyedRow.Table: (key: [UInt8], expiresAt: UInt64)] = [:]
    /// Whether any process is to get something.
    var hasExpectations = false
    /// The timer that looks after that.
    let expectationsTimer = TimerPlace()
    /// The timer that looks for what goes on for too long.
    let watchTimer = TimerPlace()
    /// What was told of the store last.
    var storage = (isHigh: false, isFull: false)
    /// The timer that removes keyed rows that have expired.
    let expiryTimer = TimerPlace()

    /// How the clock of the wall has jumped, so that nothing seems older than it is.
    var clockJumps: ClockJumps
    /// The due time at the start: what waits does so on a clock that does not jump while the process lives.
    let dueStart: UInt64
    /// When the room was last measured, in steady milliseconds.
    var roomMeasured: UInt64 = 0

    /// When the input at hand arrived, in steady milliseconds.
    var arrival: UInt64 = 0

    /// Until when deadlines are judged now, in steady milliseconds.
    var judged: UInt64 = 0

    // What this step has gathered.
    /// Bytes that it writes besides what came in: dead letters, rows of returned messages.
    var produced = 0
    // SAFETY: an access ends with the statement that begins it, and the broker's thread is the only one. With a topic
    // for each message the checks took a tenth of its time.
    /// Bytes that it writes, those that came in included.
    @exclusivity(unchecked) var taken = 0
    @exclusivity(unchecked) var operations: [StoreOperation] = []
    @exclusivity(unchecked) var appending: [Topic] = []
    @exclusivity(unchecked) var replying: [Connection] = []
    var changed: [Subscription] = []
    var pumping: [Subscription] = []
    var activating: [Consumer] = []
    var deferring: [Subscription] = []
    var written: [Subscription] = []
    /// What the broker has to say of itself.
    var events = PendingEvents()
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
    /// Deliveries that were not taken.
    var deliveryBudget: DeliveryBudget
    /// The leases of the ack at hand; its memory is used again.
    var settling: [Lease] = []
    // SAFETY: as with what a step gathers, above.
    /// What happened since the start.
    @exclusivity(unchecked) var counts = BrokerCounts()
    /// What is to be told to the people who run the broker.
    var notices: [Notice] = []
    /// Messages that the store holds but cannot read.
    package internal(set) var damaged: UInt64 = 0
    /// Damaged rows of the store that were told.
    var toldDamagedRows: UInt64 = 0

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
        deliveryBudget = DeliveryBudget(most: configuration.deliveryBytes, total: configuration.deliveriesBytes)
        var random = SeededRandom(seed: seed)
        let state = try store.load().checked()
        nextTopicID = state.nextTopic
        nextSubscriptionID = state.nextSubscription
        nextBatch = state.applied + 1
        idKey = state.idKey ?? random.next()
        dueStart = max(now.wall, state.time)
        let lastTime = state.topics.reduce(state.time) { max($0, $1.lastTime) }
        clockJumps = ClockJumps(start: now, lastTime: lastTime)
        self.random = random
        keyMemory = KeyMemory(limit: configuration.keyMemory)
        if state.idKey == nil { operations.append(.setIDKey(idKey)) }
        for row in state.topics {
            let topic = Topic(row, now: now.steady)
            topics[row.name] = topic
            topicOrder.insert(topic, row.name)
            topicsByID[row.id] = topic
            armRetention(topic)
            checkLimits(topic)
            try armFirstExpiry(of: topic)
        }
        for stored in state.subscriptions {
            guard let topic = topicsByID[stored.row.topic] else {
                throw StoreError(.damaged, "subscription '\(stored.row.name)' belongs to no topic")
            }
            let subscription = Subscription(stored, topic: topic, memory: keyMemory)
            if subscription.name.isEmpty { topic.taken = subscription } else { try attach(subscription) }
        }
        armExpiry()
        try armFirstScheduled()
        try armFirstExpectation()
        armWatch()
    }

    /// When the core wants to be stepped although nothing comes in, in steady milliseconds.
    package var nextTimer: UInt64? { timers.next }

    /// Whether there is something to do although nothing came in.
    package var hasWork: Bool {
        !operations.isEmpty || !events.isEmpty || !changed.isEmpty || !appending.isEmpty || !unfinished.isEmpty
            || answering != nil || !asking.isEmpty
    }

    /// The broker's due time, by which messages come back: Unix milliseconds that do not jump while the process lives.
    var dueNow: UInt64 { dueStart + (now.steady - started.steady) }

    /// Whether the step has produced so much that what writes more has to wait for the next one.
    var isStepFull: Bool { produced >= configuration.stepBytes }

    /// Applies what came in, each behind what had become due when it did, and then what has become due by now.
    ///
    /// A step is bounded by what it produces too. What is left goes on in the next step, each connection in its order.
    package func apply(_ arrivals: [Arrival], now: Moment) throws(StoreError) {
        self.now = now
        deliveryBudget.beginStep()
        clockJumps.look(at: now)
        measureRoom()
        boundIDs()
        idRoom = configuration.idsRead
        try resumeAnswers()
        try resumeUnfinished()
        for arrival in arrivals {
            try runTimers(until: min(arrival.time, waitingSince))
            self.arrival = arrival.time
            try take(arrival.input)
        }
        try runTimers(until: waitingSince)
    }

    /// Since when commands wait for which a step had no room, in steady milliseconds: now when none do.
    ///
    /// No deadline behind that is judged before they are done, since they came in time.
    private var waitingSince: UInt64 {
        var since = now.steady
        for place in 0..<unfinished.count {
            guard case .commands(let connection)? = unfinished[place] else { continue }
            since = min(since, connection.unfinished?.arrival ?? since)
        }
        return since
    }

    /// Applies what comes in now.
    package func apply(_ inputs: [Input], now: Moment) throws(StoreError) {
        try apply(inputs.map { Arrival($0, at: now.steady) }, now: now)
    }

    private func take(_ input: Input) throws(StoreError) {
        switch input {
        case .connected(let id, let client, let session, let resuming, let access):
            try connect(Connection(id, client: client, session: session, access: access), resuming: resuming)
        case .disconnected(let id):
            guard let connection = connections[id], isWaiting(input, behind: connection) else {
                return try disconnect(id)
            }
            connection.isLeaving = true
            try leaveAnswer(to: connection)
        case .drained(let id): drained(id)
        case .commands(let batch):
            let connection = connections[batch.connection]
            if !isWaiting(input, behind: connection) { try apply(batch, for: connection) }
        case .stopping:
            for connection in connections.values.sorted(by: { $0.id.value < $1.id.value }) {
                push(.stopping, to: connection)
            }
        }
    }

    /// Lets an input wait behind commands of its connection that are not finished; false when there are none.
    private func isWaiting(_ input: Input, behind connection: Connection?) -> Bool {
        guard let connection, connection.unfinished != nil else { return false }
        connection.unfinished?.waiting.append(input)
        return true
    }

    /// Goes on with what earlier steps had no room for, as long as half of this one has.
    private func resumeUnfinished() throws(StoreError) {
        var turns = unfinished.count
        while turns > 0, produced < configuration.stepBytes / 2, let work = unfinished.popFirst() {
            turns -= 1
            switch work {
            case .leases(let leaving): if try !giveBack(leaving) { unfinished.append(work) }
            case .retention(let topic): if try !goOnRetaining(topic) { unfinished.append(work) }
            case .ids(let topic): if try !goOnReadingIDs(of: topic) { unfinished.append(work) }
            case .rows(let subscription): if try !tidy(subscription) { unfinished.append(work) }
            case .expired(let scan): if try !goOn(with: scan) { unfinished.append(work) }
            case .scan(let subscription):
                subscription.isScanning = false
                pumpLater(subscription)
            case .commands(let connection): try resume(connection)
            }
        }
    }

    func resume(_ connection: Connection) throws(StoreError) {
        guard let rest = connection.unfinished else { return }
        connection.unfinished = nil
        arrival = rest.arrival
        try apply(rest.batch, for: connection, from: rest.item, rest.progress)
        while let input = rest.waiting.popFirst() { try take(input) }
    }

    /// The batches that have been applied since the last call; their memory may be used again.
    package func takeApplied() -> [CommandBatch] {
        defer { applied.removeAll(keepingCapacity: true) }
        return applied
    }
}
