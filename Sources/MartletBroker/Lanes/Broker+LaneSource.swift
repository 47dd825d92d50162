// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What lanes read: the recent messages in memory, then the store.
extension Broker {
    static let readBytes = 64 * 1_024

    /// What the lane of a subscription reads.
    struct Source: LaneSource {
        let broker: Broker
        let topic: Topic
        let subscription: Subscription
        var position: UInt64 { subscription.row.position }

        func locate(_ offset: UInt64, _ cursor: inout SegmentCursor?) throws(StoreError) -> Located {
            try broker.locate(offset, in: topic, &cursor)
        }

        func locate(alone offset: UInt64, _ cursor: inout SegmentCursor?) throws(StoreError) -> Located {
            try broker.locate(offset, in: topic, &cursor, bytes: 1)
        }

        func deferredOffsets(in range: Range<UInt64>) throws(StoreError) -> [UInt64] {
            try broker.store.deferredOffsets(position: position, in: range, limit: .max)
        }

        func due(after last: Due, limit: Int) throws(StoreError) -> [Due] {
            try broker.store.due(position: position, after: last, limit: limit)
        }

        func deferred(_ offset: UInt64) throws(StoreError) -> Deferred? {
            try broker.deferredRow(of: offset, subscription)
        }

        func deferredRows(after offset: UInt64, limit: Int) throws(StoreError) -> [Deferred] {
            try broker.store.deferredRows(position: position, after: offset, limit: limit)
        }

        func copy(of offset: UInt64) throws(StoreError) -> Segment? {
            try broker.copy(of: offset, subscription)
        }

        func key(of message: MessageFields) -> UInt64? {
            broker.key(of: message, subscription)
        }
    }

    func source(of subscription: Subscription) -> Source {
        Source(broker: self, topic: subscription.topic, subscription: subscription)
    }

    /// The hash of the key by which a subscription orders a message; nil when the message waits for no other.
    func key(of message: MessageFields, _ subscription: Subscription) -> UInt64? {
        switch subscription.row.settings.order {
        case .none: nil
        case .all: KeyLocks.all
        // Neither that nor 0, which is none.
        case .key: message.key.isEmpty ? nil : max(IDHash.hash(message.key, idKey: idKey), 2)
        }
    }

    /// Finds a message, from memory if it is recent; `cursor` remembers the place for the next call.
    func locate(
        _ offset: UInt64, in topic: Topic, _ cursor: inout SegmentCursor?, bytes: Int = readBytes
    ) throws(StoreError) -> Located {
        if cursor == nil || offset < cursor?.offset ?? 0 || offset >= cursor?.segment.end ?? 0 {
            if let segment = topic.recent.segment(holding: offset) {
                cursor = SegmentCursor(segment)
            } else {
                switch try store.read(topic: topic.id, from: offset, bytes: bytes) {
                case .segment(let segment) where segment.base > max(offset, topic.row.first):
                    // Nothing is dropped from there on, so the packs before it are missing.
                    cursor = nil
                    return missing(max(offset, topic.row.first)..<segment.base, of: topic)
                case .segment(let segment): cursor = SegmentCursor(segment)
                case .damaged(let range):
                    cursor = nil
                    return missing(range, of: topic)
                case .none:
                    cursor = nil
                    guard offset >= topic.row.first, offset < topic.visible else { return .end }
                    return missing(offset..<topic.visible, of: topic)
                }
            }
        }
        cursor?.skip(to: offset)
        guard let segment = cursor?.segment, let message = cursor?.next() else { return .end }
        return .message(segment, message)
    }

    /// Counts and tells messages that cannot be read.
    private func missing(_ range: Range<UInt64>, of topic: Topic) -> Located {
        damaged += UInt64(range.count)
        note(.damagedMessages(topic: topic.name, first: range.lowerBound, last: range.upperBound - 1))
        return .gap(until: range.upperBound)
    }
}
