// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Leases are taken from consumers whose messages have ended or moved without them; each is told with `LOST`.
extension Broker {
    /// The consumer that has a message, and its lease.
    func holder(of offset: UInt64, _ subscription: Subscription) -> (Consumer, Lease)? {
        for consumer in subscription.queue.consumers {
            if let lease = consumer.leases.first(where: { $0.offset == offset }) { return (consumer, lease) }
        }
        return nil
    }

    /// Takes a message from the consumer that has it.
    func takeLease(of offset: UInt64, _ subscription: Subscription, reason: String) -> Lease? {
        guard let (consumer, found) = holder(of: offset, subscription) else { return nil }
        return take([found.tag], from: consumer, reason: reason).first
    }

    /// Takes the messages that are meant from all consumers that have one.
    func takeLeases(of subscription: Subscription, reason: String, where isMeant: (Lease) -> Bool) {
        guard subscription.inFlight > 0 else { return }
        for consumer in subscription.queue.consumers where consumer.leases.count > 0 {
            let tags = consumer.leases.all.filter(isMeant).map(\.tag).sorted()
            if !tags.isEmpty { _ = take(tags, from: consumer, reason: reason) }
        }
    }

    private func take(_ tags: [UInt64], from consumer: Consumer, reason: String) -> [Lease] {
        let taken = tags.compactMap { consumer.leases.remove($0) }
        consumer.subscription.inFlight -= taken.count
        for tag in tags { consumer.lost.insert(tag) }
        // A consumer whose connection is gone learns it when it comes back.
        if consumer.keptUntil == nil {
            push(.lost(consumer: consumer.number, tags: tags, reason: reason), to: consumer.connection)
        }
        consumer.subscription.queue.update(consumer)
        pumpLater(consumer.subscription)
        return taken
    }
}
