// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// A subscription's position is set elsewhere (semantics 2).
extension Broker {
    func seek(_ topic: String, _ name: String, to target: Start, by connection: Connection) throws {
        let subscription = try subscription(topic, name)
        try checkStart(target, of: subscription.topic)
        guard !isFull else { throw full(subscription.topic) }
        let first = try floor(of: subscription.topic, target) + 1
        // What is leased does not expire.
        try endExpired(of: subscription, below: first)
        takeLeases(of: subscription, reason: "seek") { _ in true }
        // What this step settled belongs to the old position.
        if subscription.isChanged {
            changed.removeAll { $0 === subscription }
            write(subscription)
        }
        let reopened = subscription.lane.reopened.filter { $0 < first }.sorted()
        leavePosition(of: subscription, at: first)
        end(reopened, of: subscription)
        try stopRedrive(of: subscription)
        subscription.restart(memory: keyMemory)
        passTaken(subscription)
        expireEarlier(of: subscription)
        markChanged(subscription)
        subscription.queue.rebuild()
        note(.sought(topic: topic, subscription: name, offset: first, client: connection.client))
        pumpLater(subscription)
        reply(.ok, to: connection)
    }

    /// What is delivered again although it was settled, and now never will be, is behind the position.
    private func end(_ reopened: [UInt64], of subscription: Subscription) {
        for offset in reopened {
            let ending = Ending(.beforeStart, first: offset, last: offset, time: now.wall)
            operations.append(.putEnding(position: endingPosition(of: offset, subscription), ending))
        }
    }

    /// Begins anew at an offset under another position; the old one goes on to tell what was settled below it.
    private func leavePosition(of subscription: Subscription, at first: UInt64) {
        var row = subscription.row
        var left = EarlierPosition(
            position: row.position, end: first, floor: subscription.lane.settled.floor, time: now.wall)
        var begin = row.earlier.last?.end ?? row.start
        // A position that only spoke of what lies behind the new one has nothing to say any more.
        while begin >= first, let last = row.earlier.popLast() {
            forget(left.position)
            left = EarlierPosition(position: last.position, end: first, floor: last.floor, time: now.wall)
            begin = row.earlier.last?.end ?? row.start
        }
        // One that speaks of nothing is remembered for its time: dead letters of before are over.
        operations.append(.removePosition(left.position, keepsSettled: begin < first))
        row.earlier.append(left)
        if row.earlier.count > EarlierPosition.limit { forgetOldest(of: &row) }
        row.position = nextSubscriptionID
        nextSubscriptionID += 1
        row.start = min(row.start, first)
        row.floor = first - 1
        (row.settledAbove, row.deferredRows, row.losses, row.parked, row.reopened) = (0, 0, 0, 0, 0)
        subscription.row = row
        subscription.lastLoss = nil
        subscription.written.removeAll()
        subscription.ended = EndedInStep()
        subscription.isDeferring = false
        deferring.removeAll { $0 === subscription }
    }

    /// Puts the two oldest positions together, as one of which is only known that it is over.
    private func forgetOldest(of row: inout StoredSubscription) {
        let first = row.earlier.removeFirst()
        for position in [first.position, row.earlier[0].position] where position > 0 { forget(position) }
        (row.earlier[0].position, row.earlier[0].floor) = (0, 0)
    }

    private func forget(_ position: UInt64) {
        operations.append(.removePosition(position, keepsSettled: false))
    }
}
