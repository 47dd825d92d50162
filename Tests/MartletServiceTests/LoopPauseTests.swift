// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock
import MartletModel
import MartletStore
import Testing

@testable import MartletBroker
@testable import MartletService

/// A pause is told wherever it meets the broker's thread: a flush behind it does not hide it.
struct LoopPauseTests {
    /// What a loop hears and says while its clock is moved by hand.
    private final class Stage: Sendable {
        let time = Lock<UInt64>(1_000_000)
        let pauses = Lock<[UInt64]>([])
        let queue = InputQueue()
        let handed = Lock(0)

        var clock: BrokerClock {
            BrokerClock(
                read: { Moment(wall: 1_790_000_000_000, steady: self.time.withLock { $0 }) }, runsThroughPauses: true)
        }

        func put(_ input: Input) { queue.put(Arrival(input, at: 0)) }
    }

    @Test func `a pause between a confirm and what is written back behind it is told once`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("loop-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let stage = Stage()
        let store = try DiskStore(folder: folder)
        let clock = PauseClock(stage.clock)
        var commands = CommandGatherer()
        commands.add(.ping)
        commands.add(.createTopic(name: "orders", options: TopicOptions()))
        let batch = CommandBatch()
        batch.take(&commands, of: ConnectionID(1))
        var loop = BrokerLoop(
            store: store,
            broker: try Broker(store: store, configuration: BrokerConfiguration(), now: clock.now(), seed: 1),
            queue: stage.queue, pool: BatchPool(), handover: Handover(), clock: clock, diskTimes: DiskTimes(),
            deliver: { outboxes in
                // The reply goes out when the batch is in the journal, and the tree is behind.
                guard outboxes.contains(where: { !$0.items.isEmpty }), store.isBehind else { return }
                stage.handed.withLock { $0 += 1 }
                stage.time.withLock { $0 += 8_000 }
                stage.put(.stopping)
            },
            notify: { notices in
                for case .paused(let milliseconds) in notices { stage.pauses.withLock { $0.append(milliseconds) } }
            })
        stage.put(.connected(ConnectionID(1), client: "test", session: "s", resuming: nil))
        stage.put(.commands(batch))
        try loop.run()
        #expect(stage.handed.withLock { $0 } == 1)
        #expect(stage.pauses.withLock { $0 } == [8_000])
    }
}
