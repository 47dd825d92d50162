// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Looks at what there is.
extension Broker {
    /// Messages whose time has come that are looked for.
    private static let countedDue = 100_000

    /// Answers a question with what is durable now.
    func answer(_ lookup: Lookup) throws(StoreError) -> Reply {
        switch lookup {
        case .info(let question, let access):
            do {
                return try answer(question, for: access)
            } catch let refusal as Refusal {
                return .refused(refusal)
            } catch let error as StoreError {
                throw error
            } catch {
                preconditionFailure("neither a refusal nor a store's error: \(error)")
            }
        case .account(let command, let access): return try answer(account: command, for: access)
        case .resumed(let consumer, let tags):
            let held = tags.filter { !consumer.lost.contains($0) }
            return .resumed(tags: held, lease: consumer.subscription.row.settings.lease)
        }
    }

    private func answer(_ question: InfoSubject, for access: Access) throws -> Reply {
        switch question {
        case .broker:
            let room = store.statistics
            let seen = topics(for: access)
            let storage = BrokerInfo.Storage(
                usedBytes: room.usedBytes, mapBytes: room.mapBytes, diskFreeBytes: room.diskFreeBytes,
                full: isFull, damaged: damaged + store.damagedRows)
            return .broker(
                BrokerInfo(
                    version: configuration.version, uptimeSeconds: (now.steady - started.steady) / 1_000,
                    connections: connections.count, topics: seen.count,
                    subscriptions: seen.reduce(0) { $0 + $1.subscriptions.count },
                    untakenBytes: deliveryBudget.untaken, storage: storage))
        case .topics, .consumers: preconditionFailure("it may take several steps")
        case .topic(let name):
            return .topic(info(try topic(name)))
        case .subscription(let topic, let name):
            return .subscription(try info(try subscription(topic, name)))
        case .leases(let topic, let name, let limit, let after):
            return .leases(leases(of: try subscription(topic, name), limit: limit, after: after))
        case .survey(let limit, let after):
            return .survey(try survey(limit: limit, after: after, for: access))
        }
    }

    /// The topics that a user may consume, in no order.
    func topics(for access: Access) -> [Topic] {
        // ORDER: those who ask sort them, or count them.
        let all = Array(topics.values)
        return access.isAll ? all : all.filter { access.allows(.consume, $0.name) }
    }

    /// Dead letters that are in the log and were taken out.
    private func takenCount(of topic: Topic) -> UInt64 {
        guard let settled = topic.taken?.lane.settled else { return 0 }
        return settled.above + (settled.floor + 1 - min(topic.row.first, settled.floor + 1))
    }

    func info(_ topic: Topic) -> TopicInfo {
        TopicInfo(
            name: topic.name, id: topic.id, first: topic.row.first, next: topic.row.next,
            messages: topic.row.next - topic.row.first - takenCount(of: topic),
            bytes: topic.row.total - topic.row.trimmed,
            subscriptions: topic.subscriptions.map(\.name).sorted(), settings: topic.row.settings)
    }

    /// What is so with a subscription.
    ///
    /// - Parameter counted: messages whose time has come that are looked for.
    func info(
        _ subscription: Subscription, counted: Int = countedDue
    ) throws(StoreError) -> SubscriptionInfo {
        let lane = subscription.lane
        // Those whose time has come are on disk until a consumer takes them.
        let due =
            lane.deferredCount == 0
            ? [] : try store.due(position: subscription.row.position, after: lane.lastDue, limit: counted)
        let ready = UInt64(due.prefix { $0.time <= dueNow }.count)
        return SubscriptionInfo(
            topic: subscription.topic.name, name: subscription.name,
            floor: subscription.floor,
            backlog: subscription.backlog, oldestTime: try oldestTime(of: subscription),
            inFlight: subscription.inFlight,
            deferred: lane.deferredCount - min(ready, lane.deferredCount),
            parked: subscription.row.parked, filtered: subscription.row.filtered,
            dead: subscription.row.dead, lost: subscription.row.lost, consumers: subscription.queue.consumers.count,
            paused: isPaused(subscription), pausedUntil: pauseEnd(of: subscription), redrive: subscription.redrive,
            settings: subscription.row.settings)
    }

    /// When the oldest message became visible that a subscription has not settled.
    private func oldestTime(of subscription: Subscription) throws(StoreError) -> UInt64? {
        guard subscription.backlog > 0 else { return nil }
        return try message(at: subscription.floor + 1, subscription)?.time
    }

    /// When a pause ends, in Unix milliseconds; nil when there is none, or no end.
    private func pauseEnd(of subscription: Subscription) -> UInt64? {
        let until = subscription.row.pausedUntil
        return isPaused(subscription) && until < .max ? wall(until) : nil
    }

    func info(_ consumer: Consumer) -> ConsumerInfo {
        ConsumerInfo(
            client: consumer.connection.client, consumer: consumer.number, topic: consumer.subscription.topic.name,
            subscription: consumer.subscription.name, window: consumer.window, inFlight: consumer.leases.count,
            deliveries: consumer.nextTag - consumer.firstTag)
    }
}
