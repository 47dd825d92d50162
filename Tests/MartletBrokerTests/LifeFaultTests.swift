// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore
import Testing

/// Random lives notice a broker, a store or a way between them that does not do its work.
struct LifeFaultTests {
    /// What is planted into an otherwise sound life.
    enum Fault: CaseIterable {
        case deliveryLost, deliveryRepeated, deliveryMisrouted
        case drainedLost, disconnectLost
        case clockStandsStill, clockIsFast, wallClockIsSlow
        case topicForgotten, subscriptionForgotten, removalForgotten, messagesForgotten, acksForgotten
        case returnsForgotten, idsForgotten, rowsForgotten

        func plant(in harness: BrokerHarness) {
            switch self {
            case .deliveryLost: harness.tamper = { if $0.count > 3 { $0.remove(at: 2) } }
            case .deliveryRepeated: harness.tamper = { if $0.count > 3, let last = $0.last { $0.append(last) } }
            case .deliveryMisrouted: harness.tamper = { if $0.count > 3 { $0[2].got.consumer ^= 3 } }
            case .drainedLost: harness.loses = { if case .drained = $0 { true } else { false } }
            case .disconnectLost: harness.loses = { if case .disconnected = $0 { true } else { false } }
            case .clockStandsStill: harness.clock = { Moment(wall: $0.wall, steady: 1_000) }
            case .clockIsFast: harness.clock = { Moment(wall: $0.wall, steady: $0.steady * 2) }
            case .wallClockIsSlow:
                harness.clock = { Moment(wall: $0.wall - ($0.steady - 1_000) / 2, steady: $0.steady) }
            default: harness.store.forgets = forgets
            }
        }

        private func forgets(_ operation: StoreOperation) -> Bool {
            switch (self, operation) {
            case (.topicForgotten, .putTopic), (.subscriptionForgotten, .putSubscription),
                (.removalForgotten, .removeSubscription), (.messagesForgotten, .append), (.acksForgotten, .putChunk),
                (.returnsForgotten, .removeDeferred), (.idsForgotten, .rememberIDs), (.rowsForgotten, .putRow):
                true
            default: false
            }
        }
    }

    private static let seeds: UInt64 = 150

    private func notices(_ fault: Fault, in seed: UInt64) throws -> Bool {
        var life = try Life(seed: seed)
        fault.plant(in: life.harness)
        do {
            return try life.run() != nil
        } catch is StoreError {
            // The broker itself found that something is missing.
            return true
        }
    }

    @Test(arguments: Fault.allCases)
    func `lives notice what is planted`(_ fault: Fault) throws {
        for seed in 1...Self.seeds where try notices(fault, in: seed) { return }
        Issue.record("\(fault) goes unnoticed")
    }
}
