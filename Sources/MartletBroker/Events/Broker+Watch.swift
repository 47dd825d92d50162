// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What goes on for too long is told: held keys, slow sockets, subscriptions without consumers, a store that fills.
extension Broker {
    private static let interval: UInt64 = 10_000
    /// With less room than that, in bytes, the store is told to be full.
    private static let littleRoom = 16 << 10
    /// How long a key is held before it is told that others wait for it, in milliseconds.
    private static let heldTime: UInt64 = 60_000
    /// How long a socket takes nothing before its consumers are called slow, in milliseconds.
    private static let blockedTime: UInt64 = 10_000

    func armWatch() {
        timers.set(watchTimer, at: now.steady + Self.interval, .watch)
    }

    func watch() throws(StoreError) {
        for topic in topics.values.sorted(by: { $0.id < $1.id }) {
            for subscription in topic.subscriptions {
                try tellBlocked(subscription)
                tellIdle(subscription)
            }
        }
        for connection in connections.values.sorted(by: { $0.id.value < $1.id.value }) { tellSlow(connection) }
        tellStorage()
        armWatch()
    }

    private func tellBlocked(_ subscription: Subscription) throws(StoreError) {
        for held in subscription.lane.takeBlocked(at: dueNow, for: Self.heldTime) {
            var event = SystemEvent(
                .keyBlocked, topic: subscription.topic.name, offset: held, subscription: subscription.name)
            try message(at: held, subscription)?.withFields { event.take($0) }
            event.verdict = try explain(held, for: subscription).verdict
            tell(event)
        }
    }

    private func tellIdle(_ subscription: Subscription) {
        guard let since = subscription.idleSince, !subscription.isToldIdle, subscription.backlog > 0,
            now.steady - since >= UInt64(configuration.idleTime)
        else { return }
        subscription.isToldIdle = true
        var event = SystemEvent(
            .idleSubscription, topic: subscription.topic.name, subscription: subscription.name)
        event.note = "\(subscription.backlog) messages wait, and no consumer is attached"
        tell(event)
        note(
            .idle(
                topic: subscription.topic.name, subscription: subscription.name, backlog: subscription.backlog))
    }

    private func tellSlow(_ connection: Connection) {
        guard let since = connection.blockedSince, !connection.isToldSlow, now.steady - since >= Self.blockedTime
        else { return }
        connection.isToldSlow = true
        for consumer in connection.consumers.values.sorted(by: { $0.number < $1.number }) {
            var event = SystemEvent(
                .slowConsumer, topic: consumer.subscription.topic.name, subscription: consumer.subscription.name)
            (event.consumer, event.reason) = (consumer.name, "its socket took nothing for 10 s")
            tell(event)
        }
    }

    private func tellStorage() {
        let room = store.statistics
        let isHigh = room.usedBytes * 100 >= room.mapBytes * UInt64(configuration.storageHigh)
        if isHigh, !storage.isHigh { tellStorage(.storageHigh, room) }
        // A large message is refused before that, and a small one may still be taken then.
        let isOut = store.room < Self.littleRoom
        if isOut, !storage.isFull { tellStorage(.storageFull, room) }
        if !isOut, storage.isFull { tellStorage(.storageRoom, room) }
        (storage.isHigh, storage.isFull) = (isHigh, isOut)
    }

    private func tellStorage(_ kind: SystemEvent.Kind, _ room: StoreStatistics) {
        var event = SystemEvent(kind)
        event.note =
            "\(room.usedBytes >> 20) of \(room.mapBytes >> 20) MiB used, "
            + "\(room.diskFreeBytes >> 20) MiB of the disk free"
        tell(event)
    }
}
