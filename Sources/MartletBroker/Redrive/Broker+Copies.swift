// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Copies of redriven messages that have left the log, and dead letters that were taken out.
extension Broker {
    private func copyKey(_ offset: UInt64, _ subscription: Subscription) -> [UInt8] {
        [subscription.row.position, offset].flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    }

    /// The copy of a redriven message that has left the log.
    func copy(of offset: UInt64, _ subscription: Subscription) throws(StoreError) -> Segment? {
        guard let row = try row(.copies, copyKey(offset, subscription)), row.value.count > 8 else { return nil }
        return row.value.withUnsafeBytes { bytes in
            let time = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
            let segment = Segment(
                topic: subscription.topic.id, base: offset, total: 0, packLimit: Pack.largest,
                capacity: bytes.count + 64)
            segment.append(messages: UnsafeRawBufferPointer(rebasing: bytes[8...]), time: time)
            segment.close()
            return segment
        }
    }

    /// Keeps a copy of a message that has left the log, as it was before it died.
    func keepCopy(
        of fields: MessageFields, _ reader: DeadLetterReader, _ offset: UInt64, for subscription: Subscription
    ) throws(StoreError) {
        let headers = reader.ownHeaders
        var slab = ByteSlab(capacity: fields.body.count + headers.count + 256)
        headers.withUnsafeBytes { headers in
            var own = fields
            own.headers = headers
            StoredMessage.append(own, to: &slab)
        }
        let time = withUnsafeBytes(of: reader.number("Published-At").littleEndian) { Array($0) }
        try put(
            KeyedRow(
                table: .copies, key: copyKey(offset, subscription), value: time + Array(slab.bytes), expiresAt: nil))
    }

    func forgetCopy(of offset: UInt64, _ subscription: Subscription) throws(StoreError) {
        let key = copyKey(offset, subscription)
        if try row(.copies, key) != nil { remove(.copies, key, expiresAt: nil) }
    }

    /// Takes a dead letter out: it is not delivered, shown or redriven any more.
    func takeOut(_ offset: UInt64, of dead: Topic) throws(StoreError) {
        let taken = dead.taken ?? makeTaken(of: dead)
        taken.lane.settle(offset)
        markChanged(taken)
        for subscription in dead.subscriptions where !subscription.lane.isSettled(offset) {
            _ = takeLease(of: offset, subscription, reason: "redriven")
            guard offset >= subscription.row.start else { continue }
            var ending = Ending(.resolved, first: offset, last: offset, time: now.wall)
            ending.reason = "redriven"
            put(ending, of: subscription)
            subscription.lane.settle(offset)
            markChanged(subscription)
            try forgetRow(of: offset, subscription)
            pumpLater(subscription)
        }
    }

    /// What is remembered of the dead letters that were taken out: a position of no one, without a name.
    private func makeTaken(of dead: Topic) -> Subscription {
        let row = StoredSubscription(
            id: nextSubscriptionID, topic: dead.id, name: "", settings: SubscriptionSettings(),
            floor: dead.row.first - 1)
        nextSubscriptionID += 1
        let taken = Subscription(StoredState.Subscription(row: row, chunks: []), topic: dead, memory: keyMemory)
        dead.taken = taken
        return taken
    }

    /// Lets a new subscription of dead letters pass over those that were taken out.
    func passTaken(_ subscription: Subscription) {
        guard let taken = subscription.topic.taken else { return }
        let settled = taken.lane.settled
        var offset = settled.firstSettled(from: max(subscription.row.floor, settled.floor) + 1)
        while offset < subscription.topic.row.next {
            let end = settled.firstUnsettled(from: offset)
            for taken in offset..<end { subscription.lane.settle(taken) }
            offset = settled.firstSettled(from: end)
        }
    }
}
