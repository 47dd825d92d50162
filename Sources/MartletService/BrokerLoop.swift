// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletStore

/// The steps of the broker, one after another.
struct BrokerLoop {
    /// The most bytes of records and values that one commit takes, but for its last batch: LMDB never frees the
    /// pages of the largest one.
    private static let commitBytes = 16 << 20
    /// How long the thread looks for inputs before it sleeps, in microseconds: a lone publisher's next message comes
    /// within that time, and waking a thread on another core takes a tenth of what a confirm takes.
    private static let watch: UInt64 = 150
    /// The longest sleep while something is to become due, in milliseconds: a turn tells whether there was a pause.
    private static let longestSleep: UInt64 = 1_000
    /// How long nothing is to come in before all is written back, in milliseconds.
    private static let idle: UInt64 = 100
    /// A commit that takes longer is told, in milliseconds.
    private static let slowCommit: UInt64 = 1_000

    let store: any Store
    let broker: Broker
    let queue: InputQueue
    let pool: BatchPool
    let handover: Handover
    let clock: PauseClock
    let diskTimes: DiskTimes
    let deliver: ([Outbox]) -> Void
    let notify: ([ServiceNotice]) -> Void

    private var waiting: [Arrival] = []
    private var next = 0
    private var step: [Arrival] = []
    /// Whether a commit has returned that is not known to be durable.
    private var isCommitOutstanding = false
    /// Since when nothing was committed, in ms of the steady clock.
    private var idleSince: UInt64?
    /// How long the last turn meant to sleep at most; nil is forever.
    private var planned: UInt64?
    /// Whether it has been told that the store is full.
    private var isFull = false

    init(
        store: any Store, broker: Broker, queue: InputQueue, pool: BatchPool, handover: Handover, clock: PauseClock,
        diskTimes: DiskTimes,
        deliver: @escaping ([Outbox]) -> Void, notify: @escaping ([ServiceNotice]) -> Void
    ) {
        self.store = store
        self.broker = broker
        self.queue = queue
        self.pool = pool
        self.handover = handover
        self.clock = clock
        self.diskTimes = diskTimes
        self.deliver = deliver
        self.notify = notify
    }

    /// Runs until `stopping` comes in.
    mutating func run() throws(StoreError) {
        while true {
            handover.waitForRoom()
            let isStopping = gather()
            let now = turn()
            if step.isEmpty, !isStopping, !isTimerDue(now), !broker.hasWork {
                try rest(now)
            } else {
                try advance(now)
            }
            tell()
            if isStopping { return try end() }
        }
    }

    /// What time it is at a turn; a pause before it is told, and no deadline counts it.
    private mutating func turn() -> Moment {
        defer { planned = 0 }
        return look(planned: planned)
    }

    /// Looks at the clock, at a turn or before something that may take its time: what was lost until then was a pause.
    @discardableResult
    private func look(planned: UInt64? = 0) -> Moment {
        let (now, pause) = clock.turn(planned: planned)
        if let pause { notify([.paused(milliseconds: pause)]) }
        return now
    }

    /// Takes inputs for one step; true when the broker shall stop behind them.
    private mutating func gather() -> Bool {
        if next == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            next = 0
            queue.take(&waiting)
        }
        step.removeAll(keepingCapacity: true)
        var bytes = 0
        while next < waiting.count, bytes < Self.commitBytes {
            let arrival = waiting[next]
            next += 1
            switch arrival.input {
            case .stopping: return true
            case .commands(let batch): bytes += broker.bytes(of: batch)
            default: break
            }
            step.append(arrival)
        }
        return false
    }

    private func isTimerDue(_ now: Moment) -> Bool {
        broker.nextTimer.map { $0 <= now.steady } ?? false
    }

    /// Nothing is to be done: makes the last commit durable, sweeps, or sleeps.
    private mutating func rest(_ now: Moment) throws(StoreError) {
        if isCommitOutstanding {
            try flush()
        } else if store.hasGarbage {
            look()
            try store.sweep()
            _ = clock.flushed()
        } else if store.isBehind, let idleSince, now.steady >= idleSince + Self.idle {
            try writeBack { () throws(StoreError) in try store.writeBackAll() }
        } else if !queue.watch(microseconds: Self.watch) {
            let since = idleSince ?? now.steady
            if idleSince == nil { try writeBack { () throws(StoreError) in try store.writeBack(isBusy: false) } }
            idleSince = since
            planned = broker.nextTimer.map { min($0 - min($0, now.steady), Self.longestSleep) }
            if store.isBehind { planned = min(planned ?? .max, since + Self.idle - min(now.steady, since + Self.idle)) }
            queue.wait(milliseconds: planned)
        }
    }

    private mutating func advance(_ now: Moment) throws(StoreError) {
        try broker.apply(step, now: now)
        pool.give(broker.takeApplied())
        let batch = try broker.finish(now: now)
        send()
        guard let batch else {
            // Replies that wait for the last commit shall not wait for more inputs.
            if isCommitOutstanding { try flush() }
            return
        }
        #if DEBUG
        if let bug = PlantedBug.current, bug.concerns(batch.operations) { return try err(batch) }
        #endif
        idleSince = nil
        var durability = Durability.committed
        let now = try timed(operations: batch.operations.count) { () throws(StoreError) in
            durability = try store.commit(batch)
        }
        try broker.committed(now: now)
        isCommitOutstanding = durability == .committed
        if !isCommitOutstanding { try broker.durable(now: now) }
        send()
        try writeBack { () throws(StoreError) in try store.writeBack(isBusy: true) }
    }

    #if DEBUG
    /// Confirms first and commits later, as no broker should.
    private mutating func err(_ batch: StoreBatch) throws(StoreError) {
        try broker.committed(now: clock.now())
        try broker.durable(now: clock.now())
        send()
        PlantedBug.wait()
        try store.commit(batch)
        isCommitOutstanding = false
    }
    #endif

    private mutating func flush() throws(StoreError) {
        let now = try timed(operations: 0) { () throws(StoreError) in try store.sync() }
        isCommitOutstanding = false
        try broker.durable(now: now)
        send()
    }

    /// Commits or flushes, and gives the time behind that; a slow one is told.
    private func timed(operations: Int, _ body: () throws(StoreError) -> Void) throws(StoreError) -> Moment {
        look()
        let begun = SystemClock.microseconds()
        try body()
        let microseconds = SystemClock.microseconds() - begun
        diskTimes.add(microseconds: microseconds, operations: operations)
        let time = microseconds / 1_000
        if time > Self.slowCommit { notify([.slowCommit(milliseconds: time, operations: operations)]) }
        return clock.flushed()
    }

    /// Writes back what is confirmed already; only one that takes very long is told.
    private func writeBack(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        guard store.isBehind else { return }
        look()
        let begun = SystemClock.microseconds()
        try body()
        let time = (SystemClock.microseconds() - begun) / 1_000
        if time > Self.slowCommit { notify([.slowCommit(milliseconds: time, operations: 0)]) }
        _ = clock.flushed()
    }

    /// Confirms what was taken, then says goodbye.
    private mutating func end() throws(StoreError) {
        // Commands that go on over several steps were taken too.
        step.removeAll()
        while broker.hasWork { try advance(clock.now()) }
        if isCommitOutstanding { try flush() }
        try store.writeBackAll()
        tell()
        try broker.apply([.stopping], now: clock.now())
        send()
    }

    private func send() {
        let outboxes = broker.takeOutboxes()
        guard !outboxes.isEmpty else { return }
        handover.add(outboxes.reduce(0) { $0 + $1.deliveryBytes })
        deliver(outboxes)
    }

    /// Tells what a person should know of the last step, if anything.
    private mutating func tell() {
        if broker.hasNotices { notify(broker.takeNotices().map(ServiceNotice.broker)) }
        guard (store.room < 0) != isFull else { return }
        isFull.toggle()
        let statistics = store.statistics
        let room = ServiceNotice.Room(
            used: statistics.usedBytes, limit: statistics.mapBytes, diskFree: statistics.diskFreeBytes)
        notify([isFull ? .full(room) : .notFull(room)])
    }
}
