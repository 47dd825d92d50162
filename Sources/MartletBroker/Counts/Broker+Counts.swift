// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Counts for those who watch over the broker; nothing that is done depends on them.
extension Broker {
    /// Refuses publishes.
    func refusePublishes(_ refusal: Refusal, count: Int, for connection: Connection) {
        counts.refused[refusal.code, default: 0] += UInt64(count)
        pending(of: connection).refuse(refusal, count: count)
    }

    /// Counts a reply that refuses something else than a publish.
    func count(_ reply: Reply) {
        switch reply {
        case .refused(let refusal), .closing(let refusal):
            counts.refusals[refusal.code, default: 0] += 1
            if refusal.code == .version { counts.conflicts += 1 }
        default: break
        }
    }

    /// How much there is now.
    var levels: BrokerLevels {
        // ORDER: a sum has none.
        let ids = topics.values.reduce(0) { $0 + ($1.ids?.count ?? 0) }
        return BrokerLevels(timers: timers.count, ids: ids, stored: store.levels.map(BrokerLevels.Stored.init))
    }

    /// Counts how long deliveries took that have ended now; those that began together at once.
    func countEnds(_ leases: [Lease]) {
        var first = 0
        for index in 0..<leases.count
        where leases[index].delivered != leases[first].delivered || leases[index].deadline != leases[first].deadline {
            countEnd(leases[first], times: UInt64(index - first))
            first = index
        }
        if first < leases.count { countEnd(leases[first], times: UInt64(leases.count - first)) }
    }

    /// Counts how long a delivery took that has ended now, and as many others.
    func countEnd(_ lease: Lease, times: UInt64 = 1) {
        let time = now.steady - lease.delivered
        let length = max(1, lease.deadline - min(lease.delivered, lease.deadline))
        counts.handling.add(time, count: times)
        counts.leaseUse.add(time * 100 / length, count: times)
    }

    /// Counts a delivery that ended without its client's word.
    func count(_ outcome: AttemptOutcome, of subscription: Subscription) {
        switch outcome {
        case .timeout, .leaseCap: subscription.counts.timedOut += 1
        case .disconnect: subscription.counts.disconnected += 1
        case .nack, .release, .reject, .park: break
        }
    }
}
