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

    /// Counts how long deliveries took that have ended now.
    func countEnds(_ leases: [Lease]) {
        var times = Repeats()
        var uses = Repeats()
        for lease in leases {
            times.add(now.steady - lease.delivered, to: &counts.handling)
            uses.add(use(of: lease), to: &counts.leaseUse)
        }
        times.end(&counts.handling)
        uses.end(&counts.leaseUse)
    }

    /// Counts how long a delivery took that has ended now.
    func countEnd(_ lease: Lease) {
        counts.handling.add(now.steady - lease.delivered)
        counts.leaseUse.add(use(of: lease))
    }

    /// How much of its lease a delivery took, in hundredths.
    @inline(__always)
    private func use(of lease: Lease) -> UInt64 {
        let time = now.steady - lease.delivered
        // The usual case, without a division.
        return time == 0 ? 0 : time * 100 / max(1, lease.deadline - min(lease.delivered, lease.deadline))
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
