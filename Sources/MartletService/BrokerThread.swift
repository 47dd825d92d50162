// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletStore
import Synchronization

/// The one thread that owns the broker and its store.
///
/// What arrives while a commit is being flushed is the next batch: group commit without a timer. A batch that goes to
/// the journal is answered when it is flushed there; one that goes to the tree when the commit after it has returned,
/// or after a sync when nothing waits.
final class BrokerThread: Sendable {
    /// What the thread tells its owner.
    struct Callbacks: Sendable {
        /// Replies and deliveries are ready.
        var deliver: @Sendable ([Outbox]) -> Void
        /// Something a person should know.
        var notify: @Sendable ([ServiceNotice]) -> Void
        /// The store is open, or could not be opened.
        var opened: @Sendable (Result<Void, BrokerFailure>) -> Void
        /// The thread has ended, because it was asked to or because the store failed.
        var stopped: @Sendable (BrokerFailure?) -> Void

        /// Makes callbacks.
        init(
            deliver: @escaping @Sendable ([Outbox]) -> Void,
            notify: @escaping @Sendable ([ServiceNotice]) -> Void,
            opened: @escaping @Sendable (Result<Void, BrokerFailure>) -> Void,
            stopped: @escaping @Sendable (BrokerFailure?) -> Void
        ) {
            self.deliver = deliver
            self.notify = notify
            self.opened = opened
            self.stopped = stopped
        }
    }

    /// Batches to fill.
    let pool: BatchPool
    /// What the peers have not taken up.
    let handover = Handover()
    /// How long the disk took.
    let diskTimes = DiskTimes()
    private let queue = InputQueue()
    private let idKeyCell = Atomic<UInt64>(0)
    private let clock: PauseClock
    private let callbacks: Callbacks

    /// Makes a thread that does not run yet.
    ///
    /// - Parameter queueBytes: bytes of commands that may wait before event loops read no more of them.
    init(clock: BrokerClock, queueBytes: Int, callbacks: Callbacks) {
        self.clock = PauseClock(clock)
        pool = BatchPool(limit: queueBytes)
        self.callbacks = callbacks
    }

    /// What ids are hashed with, once the store is open.
    var idKey: UInt64 { idKeyCell.load(ordering: .relaxed) }

    /// Hands something in.
    func put(_ input: Input) {
        queue.put(Arrival(input, at: clock.now().steady))
    }

    /// Lets the thread look at its clock.
    func wake() {
        queue.wake()
    }

    /// Starts the thread, which opens the data file and serves until `stopping` is handed in.
    func start(
        _ configuration: BrokerConfiguration, storage: StorageConfiguration, seed: UInt64
    ) {
        Thread.start {
            do throws(StoreError) {
                // The data file is closed when this returns, so that its owner can open it again.
                self.callbacks.stopped(self.serve(try self.open(configuration, storage, seed)))
            } catch {
                self.callbacks.opened(.failure(BrokerFailure(error)))
            }
        }
    }

    /// Serves to the end, and gives the reason for it when it is a failure.
    private func serve(_ loop: consuming BrokerLoop) -> BrokerFailure? {
        callbacks.opened(.success(()))
        do throws(StoreError) {
            try loop.run()
            return nil
        } catch {
            return BrokerFailure(error)
        }
    }

    private func open(
        _ configuration: BrokerConfiguration, _ storage: StorageConfiguration, _ seed: UInt64
    ) throws(StoreError) -> BrokerLoop {
        var options = DiskStoreOptions()
        options.mapSize = storage.mapSize
        options.reservePercent = storage.reservePercent
        options.reserveMinimum = storage.reserveMinimum
        options.identity = seed
        let store = try DiskStore(folder: storage.folder, options: options)
        let recovery = store.recovery
        if recovery.batches > 0 || recovery.isCut {
            callbacks.notify([.recovered(batches: recovery.batches, isCut: recovery.isCut)])
        }
        let broker = try Broker(store: store, configuration: configuration, now: clock.now(), seed: seed)
        idKeyCell.store(broker.idKey, ordering: .relaxed)
        return BrokerLoop(
            store: store, broker: broker, queue: queue, pool: pool, handover: handover, clock: clock,
            diskTimes: diskTimes,
            deliver: callbacks.deliver, notify: callbacks.notify)
    }
}
