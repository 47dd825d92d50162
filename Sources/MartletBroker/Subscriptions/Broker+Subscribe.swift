// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Subscriptions are made and removed; consumers attach and detach.
extension Broker {
    /// Why a consumer is detached.
    enum DetachOutcome {
        /// The client said so.
        case unsubscribed
        /// Its connection is gone.
        case disconnected
        /// Its subscription was removed.
        case removed
    }

    // MARK: - Subscriptions

    func createSubscription(
        _ topicName: String, _ name: String, _ from: Start?, _ choice: SubscriptionOptions,
        for connection: Connection
    ) throws {
        guard topics[topicName]?.subscription(name) == nil else {
            throw Refusal(.exists, "name: subscription '\(name)' exists on this topic")
        }
        try checkStart(from, of: topics[topicName])
        let topic = try topicToSubscribe(topicName)
        _ = try makeSubscription(name, of: topic, from, choice)
        reply(.ok, to: connection)
    }

    func topicToSubscribe(_ name: String) throws(Refusal) -> Topic {
        if let topic = topics[name] { return topic }
        // One who waits for what the broker has to say need not wait for it to speak first.
        let isBrokers = name.hasPrefix("$dead.") || name.hasPrefix("$sys.")
        guard isBrokers || configuration.autoCreateTopics && !name.hasPrefix("$") else { throw .unknownTopic(name) }
        guard !isFull else { throw full() }
        return makeTopic(name, configuration.settings(forTopic: name))
    }

    private func makeSubscription(
        _ name: String, of topic: Topic, _ from: Start?, _ choice: SubscriptionOptions
    ) throws -> Subscription {
        let from = try checkStart(from, of: topic)
        guard Name.isSubscription(name) else {
            throw Refusal(
                .badName,
                "subscription: expected letters, digits, _ or - without dots, at most \(Limits.subscriptionName) bytes")
        }
        guard topic.subscriptions.count < configuration.maxSubscriptions else {
            throw Refusal(.limit, "subscription: a topic has at most \(configuration.maxSubscriptions)")
        }
        if topic.row.settings.retention == .work, !topic.subscriptions.isEmpty {
            throw Refusal(.conflict, "subscription: a topic with retention work has exactly one")
        }
        guard !isFull else { throw full(topic) }
        let row = StoredSubscription(
            id: nextSubscriptionID, topic: topic.id, name: name, settings: configuration.settings(choice),
            floor: try floor(of: topic, from))
        nextSubscriptionID += 1
        let subscription = Subscription(
            StoredState.Subscription(row: row, chunks: []), topic: topic, memory: keyMemory)
        try attach(subscription)
        passTaken(subscription)
        expireEarlier(of: subscription)
        markChanged(subscription)
        return subscription
    }

    @discardableResult
    func checkStart(_ from: Start?, of topic: Topic?) throws(Refusal) -> Start {
        guard let from else {
            throw Refusal(
                .startRequired, "from: expected earliest, new, offset:<n> or time:<ms> for a new subscription")
        }
        // What is published before that time would be delivered.
        if case .time(let time) = from, time > max(now.wall, topic?.row.lastTime ?? 0) {
            throw Refusal(.badArgument, "from: expected a time that is not in the future")
        }
        return from
    }

    func floor(of topic: Topic, _ from: Start) throws(StoreError) -> UInt64 {
        switch from {
        case .earliest: return topic.row.first - 1
        case .new: return topic.row.next - 1
        case .offset(let offset): return max(offset, topic.row.first) - 1
        case .time(let time):
            let found = try store.offset(topic: topic.id, at: time)
            let end = topic.appending?.base ?? topic.row.next
            // What this step appends is not in the store yet; it was published now.
            return max(found ?? (time <= now.wall ? end : topic.row.next), topic.row.first) - 1
        }
    }

    /// Makes a subscription known.
    func attach(_ subscription: Subscription) throws(StoreError) {
        subscription.topic.add(subscription)
        armDue(subscription)
        tidyLater(subscription)
        removeWhenUnused(subscription)
        armPause(subscription)
        armExpectation(of: subscription)
        try loadRedrive(of: subscription)
        subscription.idleSince = now.steady
        pumpLater(subscription)
    }

    func subscription(_ topicName: String, _ name: String) throws(Refusal) -> Subscription {
        guard let subscription = try topic(topicName).subscription(name) else { throw .unknownSubscription(name) }
        return subscription
    }

    func deleteSubscription(_ topicName: String, _ name: String, for connection: Connection) throws(Refusal) {
        remove(try subscription(topicName, name), reason: "deleted")
        reply(.ok, to: connection)
    }

    func remove(_ subscription: Subscription, reason: String) {
        for consumer in subscription.queue.consumers { end(consumer, reason: reason) }
        subscription.isGone = true
        subscription.lane.end()
        subscription.topic.remove(subscription)
        if subscription.redrive != nil {
            subscription.redrive = nil
            remove(.redrives, StoredRedrive.rowKey(subscription: subscription.id), expiresAt: nil)
        }
        for earlier in subscription.row.earlier {
            operations.append(.removePosition(earlier.position, keepsSettled: false))
        }
        operations.append(.removeSubscription(id: subscription.id, position: subscription.row.position))
        note(.ended(subscription, reason))
    }

    /// Ends a consumer whose client did not ask for it, and tells the client.
    private func end(_ consumer: Consumer, reason: String) {
        let connection = consumer.connection
        if let until = consumer.keptUntil {
            rememberEnd(of: consumer, until: until, reason: reason)
        } else {
            if consumer.leases.count > 0 {
                push(.lost(consumer: consumer.number, tags: consumer.leases.tags, reason: reason), to: connection)
            }
            // Behind the reply to its `SUB`, should that still wait for a commit.
            pending(of: connection).add(.gone(consumer: consumer.number, reason: reason))
        }
        forget(consumer)
    }

    // MARK: - Consumers

    func subscribe(_ request: Subscribe, for connection: Connection) throws {
        guard connection.consumers[request.consumer] == nil else {
            throw Refusal(.conflict, "consumer: \(request.consumer) is subscribed on this connection")
        }
        if let consumer = try resume(request, for: connection) {
            activate(consumer)
            keepSession(of: connection, for: consumer)
            return pending(of: connection).add(Lookup.resumed(consumer, tags: consumer.leases.tags))
        }
        let known = topics[request.topic]
        if known?.subscription(request.subscription) == nil { try checkStart(request.from, of: known) }
        let topic = try topicToSubscribe(request.topic)
        let subscription: Subscription
        let isNew: Bool
        if let known = topic.subscription(request.subscription) {
            if request.alters {
                try alter(known, request.options)
            } else {
                try compare(request.options, with: known.row.settings)
            }
            (subscription, isNew) = (known, false)
        } else {
            subscription = try makeSubscription(request.subscription, of: topic, request.from, request.options)
            isNew = true
        }
        let consumer = Consumer(
            number: request.consumer, connection: connection, subscription: subscription,
            window: request.window ?? configuration.window)
        deliveryCount += 1
        consumer.lastDelivery = deliveryCount
        consumer.grace = request.grace
        keepSession(of: connection, for: consumer)
        connection.consumers[request.consumer] = consumer
        subscription.queue.insert(consumer)
        (subscription.idleSince, subscription.isToldIdle) = (nil, false)
        subscription.removeAt = nil
        activate(consumer)
        reply(.subscribed(isNew: isNew, lease: subscription.row.settings.lease), to: connection)
    }

    /// Lets a consumer have deliveries behind the reply to its `SUB`.
    private func activate(_ consumer: Consumer) {
        consumer.unansweredSubscribes += 1
        activating.append(consumer)
    }

    /// What a client says of a subscription that exists must be true.
    func compare(_ options: SubscriptionOptions, with settings: SubscriptionSettings) throws(Refusal) {
        guard let (name, value, asked) = options.conflict(with: settings) else { return }
        throw Refusal(.conflict, "\(name): the subscription exists with \(value), not \(asked)")
    }

    func consumer(_ number: UInt64, of connection: Connection) throws(Refusal) -> Consumer {
        guard let consumer = connection.consumers[number] else { throw .unknownConsumer(number) }
        return consumer
    }

    func setWindow(_ number: UInt64, _ window: Int, for connection: Connection) throws(Refusal) {
        let consumer = try consumer(number, of: connection)
        consumer.window = window
        consumer.subscription.queue.update(consumer)
        pumpLater(consumer.subscription)
        reply(.ok, to: connection)
    }

    func unsubscribe(_ number: UInt64, for connection: Connection) throws(Refusal) {
        let consumer = try consumer(number, of: connection)
        returnAll(consumer)
        forget(consumer)
        removeWhenUnused(consumer.subscription)
        reply(.ok, to: connection)
    }

    func detach(_ consumer: Consumer, outcome: DetachOutcome) throws(StoreError) {
        var ended: [Lease] = []
        if outcome == .disconnected {
            ended = consumer.leases.tags.compactMap { consumer.leases.remove($0) }
        }
        returnAll(consumer)
        forget(consumer)
        removeWhenUnused(consumer.subscription)
        guard !ended.isEmpty else { return }
        // What its handler had begun is a failure; the step may not have room for all of them.
        let leaving = LeavingLeases(consumer, ended)
        if try !giveBack(leaving) { unfinished.append(.leases(leaving)) }
    }

    /// Gives back what a consumer that has left held, as much as the step has room for; true when that was all.
    func giveBack(_ leaving: LeavingLeases) throws(StoreError) -> Bool {
        while !isStepFull, let lease = leaving.next() {
            leaving.subscription.inFlight -= 1
            guard !leaving.subscription.isGone else { continue }
            if lease.isTouched {
                try fail(lease, of: leaving.consumer, Failure(outcome: .disconnect))
            } else {
                try giveBackUncounted(lease, of: leaving.consumer, .disconnect)
            }
        }
        pumpLater(leaving.subscription)
        return leaving.isEmpty
    }

    /// Gives back what a consumer holds, as if it had not been handed out.
    private func returnAll(_ consumer: Consumer) {
        for tag in consumer.leases.tags {
            guard let lease = consumer.leases.remove(tag) else { continue }
            consumer.subscription.inFlight -= 1
            giveBack(lease, to: consumer.subscription, .disconnect)
        }
    }

    private func forget(_ consumer: Consumer) {
        consumer.isGone = true
        consumer.subscription.inFlight -= consumer.leases.count
        consumer.clear()
        consumer.subscription.queue.remove(consumer)
        let connection = consumer.connection
        connection.nextTags.note(consumer.nextTag, of: consumer.number)
        if consumer.keptUntil == nil {
            connection.consumers[consumer.number] = nil
        } else {
            connection.kept[consumer.number] = nil
            keptConsumers -= 1
            forgetSessionIfEmpty(connection)
        }
        if !consumer.subscription.topic.hasConsumers { consumer.subscription.topic.recent.removeAll() }
        if consumer.subscription.queue.consumers.isEmpty {
            consumer.subscription.idleSince = now.steady
            consumer.subscription.lane.letGo()
        }
    }

    /// How long a subscription stays without a consumer, in milliseconds; nil is until it is deleted.
    private func grace(of subscription: Subscription) -> Int? {
        let settings = subscription.row.settings
        if settings.expireAfter > 0 { return settings.expireAfter }
        return settings.ephemeral ? configuration.ephemeralGrace : nil
    }

    /// Has a subscription removed after some time without a consumer, if it is such a one.
    func removeWhenUnused(_ subscription: Subscription) {
        guard let grace = grace(of: subscription), subscription.queue.consumers.isEmpty, !subscription.isGone else {
            subscription.removeAt = nil
            return
        }
        let time = now.steady + UInt64(grace)
        subscription.removeAt = time
        timers.setEarlier(subscription.ephemeralTimer, at: time, .ephemeral(subscription))
    }

    // MARK: - Marks

    /// Lets the subscription's row be written at the end of the step.
    func markChanged(_ subscription: Subscription) {
        guard !subscription.isChanged else { return }
        subscription.isChanged = true
        changed.append(subscription)
    }

    /// Lets the subscription be looked at for messages to deliver.
    func pumpLater(_ subscription: Subscription) {
        let isOfUse = !subscription.queue.consumers.isEmpty || subscription.lane.filters
        guard !subscription.wantsPump, isOfUse else { return }
        subscription.wantsPump = true
        pumping.append(subscription)
    }
}
