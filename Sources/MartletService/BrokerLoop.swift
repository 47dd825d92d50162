// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletStore

/// The steps of the broker, one after another.
struct BrokerLoop {
    /// The most bytes of records and values that one commit takes, but for its last batch: LMDB keeps the pages of the
    /// largest one for ever.
    private static let commitBytes = 16 << 20
    /// How long the thread looks for inputs before it sleeps, in microseconds: a lone publisher's next message comes
    /// within that time, and waking a thread on another core takes a tenth of what a confirm takes.
    private static let watch = 150

    let store: any Store
    let broker: Broker
    let queue: InputQueue
    let pool: BatchPool
    let clock: @Sendable () -> Moment
    let deliver: ([Outbox]) -> Void

    private var waiting: [Arrival] = []
    private var next = 0
    private var step: [Arrival] = []
    /// Whether a commit has returned that is not known to be durable.
    private var isCommitOutstanding = false

    init(
        store: any Store, broker: Broker, queue: InputQueue, pool: BatchPool, clock: @escaping @Sendable () -> Moment,
        deliver: @escaping ([Outbox]) -> Void
    ) {
        self.store = store
        self.broker = broker
        self.queue = queue
        self.pool = pool
        self.clock = clock
        self.deliver = deliver
    }

    /// Runs until `stopping` comes in.
    mutating func run() throws(StoreError) {
        while true {
            let isStopping = gather()
            let now = clock()
            if step.isEmpty, !isStopping, !isTimerDue(now), !broker.hasWork {
                try rest(now)
            } else {
                try advance(now)
            }
            if isStopping { return try end() }
        }
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
            try store.sweep()
        } else if !queue.watch(microseconds: Self.watch) {
            queue.wait(milliseconds: broker.nextTimer.map { $0 - min($0, now.steady) })
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
        try store.commit(batch)
        isCommitOutstanding = true
        try broker.committed(now: clock())
        send()
    }

    #if DEBUG
    /// Confirms first and commits later, as no broker should.
    private mutating func err(_ batch: StoreBatch) throws(StoreError) {
        try broker.committed(now: clock())
        try broker.durable(now: clock())
        send()
        PlantedBug.wait()
        try store.commit(batch)
        isCommitOutstanding = false
    }
    #endif

    private mutating func flush() throws(StoreError) {
        try store.sync()
        isCommitOutstanding = false
        try broker.durable(now: clock())
        send()
    }

    /// Confirms what was taken, then says goodbye.
    private mutating func end() throws(StoreError) {
        // Commands that go on over several steps were taken too.
        step.removeAll()
        while broker.hasWork { try advance(clock()) }
        if isCommitOutstanding { try flush() }
        try broker.apply([.stopping], now: clock())
        send()
    }

    private func send() {
        let outboxes = broker.takeOutboxes()
        if !outboxes.isEmpty { deliver(outboxes) }
    }
}
