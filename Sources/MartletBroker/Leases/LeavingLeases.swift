// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Leases of a consumer that has left, which are given back over as many steps as it takes.
final class LeavingLeases {
    let consumer: Consumer
    // Kept, since the consumer does not keep it.
    let subscription: Subscription
    private var leases: ArraySlice<Lease>

    init(_ consumer: Consumer, _ leases: [Lease]) {
        self.consumer = consumer
        subscription = consumer.subscription
        self.leases = leases[...]
    }

    var isEmpty: Bool { leases.isEmpty }

    func next() -> Lease? { leases.popFirst() }
}
