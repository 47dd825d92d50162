// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
package import MartletStore

// How a step ends: operations, commit, durability.
extension Broker {
    /// Ends the step: gives the batch that has to be committed.
    ///
    /// When it is nil, replies go out as soon as those before them do.
    package func finish(now: Moment) throws(StoreError) -> StoreBatch? {
        self.now = now
        feedStarved()
        try pumpAll()
        tellDamagedRows()
        writeEvents()
        for topic in appending {
            guard let segment = topic.appending else { continue }
            segment.close()
            topic.row.total = segment.total
            topic.lastSize = segment.bytes.count
            operations.append(.append(segment))
            if !topic.newIDs.isEmpty {
                idsInMemory += topic.newIDs.count
                operations.append(.rememberIDs(topic: topic.id, ids: topic.newIDs))
                topic.newIDs.removeAll(keepingCapacity: true)
            }
            if !topic.newProcesses.isEmpty {
                operations.append(.markProcesses(topic: topic.id, topic.newProcesses))
                topic.newProcesses.removeAll(keepingCapacity: true)
            }
            if !topic.newExpiries.isEmpty {
                operations.append(.putExpiries(topic: topic.id, topic.newExpiries))
                topic.newExpiries.removeAll(keepingCapacity: true)
            }
            checkLimits(topic)
        }
        for subscription in changed where !subscription.isGone { write(subscription) }
        changed.removeAll(keepingCapacity: true)
        produced = 0
        if operations.isEmpty {
            precondition(appending.isEmpty && deferring.isEmpty)
            if isCommitOutstanding {
                joinCommit()
            } else {
                try release(replying, from: \.pending, activating)
                confirm(stepNumber)
            }
            replying.removeAll(keepingCapacity: true)
            activating.removeAll(keepingCapacity: true)
            // What this writes belongs to the next step.
            try pumpAll()
            taken = 0
            return nil
        }
        defer {
            operations.removeAll(keepingCapacity: true)
            nextBatch += 1
            scheduledCount = 0
        }
        return StoreBatch(index: nextBatch, time: dueNow, operations: operations)
    }

    /// Tells of rows that the store found damaged and could do without.
    private func tellDamagedRows() {
        let count = store.damagedRows
        guard count > toldDamagedRows else { return }
        note(.damagedRow("\(count - toldDamagedRows) rows about returned messages; none of the messages is lost"))
        toldDamagedRows = count
    }

    /// The store has taken the operations of the last step; what it took before them is thereby durable.
    package func committed(now: Moment) throws(StoreError) {
        self.now = now
        try releaseCommitted()
        for topic in appending {
            topic.committed = topic.appending
            topic.appending = nil
        }
        committedTopics = appending
        // The store has counted what it took.
        taken = 0
        rows.removeAll()
        forgetWritten()
        appending.removeAll(keepingCapacity: true)
        for connection in replying {
            connection.committed = connection.pending
            connection.pending = nil
        }
        committedReplies = replying
        replying.removeAll(keepingCapacity: true)
        committedConsumers = activating
        activating.removeAll(keepingCapacity: true)
        isCommitOutstanding = true
        stepNumber += 1
        for subscription in deferring {
            subscription.isDeferring = false
            subscription.lane.rowsAreReadable()
            armDue(subscription)
        }
        deferring.removeAll(keepingCapacity: true)
        try pumpAll()
    }

    /// All that was committed is durable.
    package func durable(now: Moment) throws(StoreError) {
        self.now = now
        try releaseCommitted()
        try pumpAll()
    }

    /// What is to be said now, one outbox a connection.
    package func takeOutboxes() -> [Outbox] {
        guard !ready.isEmpty else { return [] }
        var outboxes: [Outbox] = []
        outboxes.reserveCapacity(ready.count)
        for connection in ready {
            if let outbox = connection.ready, !outbox.isEmpty { outboxes.append(outbox) }
            connection.ready = nil
        }
        ready.removeAll(keepingCapacity: true)
        return outboxes
    }

    /// Writes a subscription's row, and what was settled.
    func write(_ subscription: Subscription) {
        subscription.isChanged = false
        let changes = subscription.lane.takeChanges()
        subscription.row.floor = subscription.lane.settled.floor
        subscription.row.settledAbove = subscription.lane.settled.above
        operations.append(.putSubscription(subscription.row))
        for (chunk, words) in changes.chunks {
            operations.append(.putChunk(position: subscription.row.position, chunk: chunk, words: words))
        }
        if let below = changes.removeBelow {
            operations.append(.removeChunks(position: subscription.row.position, below: below))
        }
    }

    private func releaseCommitted() throws(StoreError) {
        guard isCommitOutstanding else { return }
        isCommitOutstanding = false
        // A step that had nothing to commit and joined this commit is confirmed with it.
        defer {
            confirm(hasJoined ? stepNumber : stepNumber - 1)
            hasJoined = false
        }
        for topic in committedTopics {
            guard let segment = topic.committed else { continue }
            topic.committed = nil
            topic.visible = segment.end
            guard !topic.isGone, !topic.subscriptions.isEmpty else { continue }
            if topic.hasConsumers { remember(segment, of: topic) }
            for subscription in topic.subscriptions {
                pumpLater(subscription)
                if subscription.row.settings.expect > 0 { armExpectation(of: subscription) }
            }
        }
        try release(committedReplies, from: \.committed, committedConsumers)
        committedReplies.removeAll(keepingCapacity: true)
        committedConsumers.removeAll(keepingCapacity: true)
    }

    /// Lets deliveries go on that waited for settles to be confirmed.
    private func confirm(_ step: UInt64) {
        confirmedStep = max(confirmedStep, step)
        let connections = held
        held.removeAll(keepingCapacity: true)
        for connection in connections {
            if connection.confirmed(confirmedStep) {
                held.append(connection)
            } else {
                reconsider(connection)
            }
        }
    }

    private func release(
        _ connections: [Connection], from held: ReferenceWritableKeyPath<Connection, Outbox?>, _ consumers: [Consumer]
    ) throws(StoreError) {
        for connection in connections {
            guard let outbox = connection[keyPath: held] else { continue }
            connection[keyPath: held] = nil
            try outbox.resolve { lookup throws(StoreError) in
                let reply = try answer(lookup)
                count(reply)
                return reply
            }
            if let earlier = connection.ready {
                earlier.append(outbox)
            } else {
                connection.ready = outbox
                ready.append(connection)
            }
        }
        for consumer in consumers where !consumer.isGone {
            consumer.unansweredSubscribes -= 1
            // One whose connection is gone meanwhile gets no deliveries.
            guard consumer.keptUntil == nil, consumer.unansweredSubscribes == 0 else { continue }
            consumer.isActive = true
            consumer.subscription.queue.update(consumer)
            pumpLater(consumer.subscription)
        }
    }

    /// Lets the replies of a step without operations follow those of the commit that is on its way.
    private func joinCommit() {
        hasJoined = true
        for connection in replying {
            guard let outbox = connection.pending else { continue }
            connection.pending = nil
            if let earlier = connection.committed {
                earlier.append(outbox)
            } else {
                connection.committed = outbox
                committedReplies.append(connection)
            }
        }
        committedConsumers.append(contentsOf: activating)
    }

    private func remember(_ segment: Segment, of topic: Topic) {
        topic.recent.append(segment)
        recent.append((topic, segment))
        recentBytes += segment.bytes.count
        while recentBytes > configuration.recentBytes, let oldest = recent.popFirst() {
            oldest.topic.recent.forget(oldest.segment)
            recentBytes -= oldest.segment.bytes.count
        }
    }
}
