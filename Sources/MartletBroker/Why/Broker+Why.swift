// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

// Every message is accounted for: derived from the log, from what is settled, and from how it ended (semantics 7).
extension Broker {
    /// Explains a message for a subscription, or for each one of its topic.
    ///
    /// - Throws: `Refusal` when the topic or the subscription is unknown, `StoreError` when the store cannot be read.
    package func explain(
        _ message: MessageReference, topic name: String, subscription: String?
    ) throws -> [Explanation] {
        let topic = try topic(name)
        let one = try subscription.map { try self.subscription(name, $0) }
        let place = try place(of: message, in: topic)
        let subscriptions = one.map { [$0] } ?? topic.subscriptions
        guard case .log(let offset) = place, !subscriptions.isEmpty else {
            let names = subscriptions.isEmpty ? [nil] : subscriptions.map { Optional($0.name) }
            return names.map { explain(place, in: topic, for: $0) }
        }
        return try subscriptions.map { try explain(offset, for: $0) }
    }

    /// Where a message is.
    enum Place {
        /// It is, or was, in the log.
        case log(UInt64)
        /// It becomes visible then, in Unix milliseconds.
        case scheduled(UInt64)
        /// There is none.
        case nowhere(UInt64)
    }

    private func place(of message: MessageReference, in topic: Topic) throws(StoreError) -> Place {
        switch message {
        case .offset(let offset): return offset >= 1 && offset < topic.visible ? .log(offset) : .nowhere(offset)
        case .id(let id):
            if let message = try scheduled(id, in: topic) { return .scheduled(shown(message)) }
            var found = try offset(of: id, in: topic)
            if found == nil { found = try search(id, in: topic) }
            if found == nil { found = try copied(id, in: topic) }
            guard let offset = found, offset < topic.visible else { return .nowhere(0) }
            return .log(offset)
        }
    }

    /// Messages that are looked at for an id which is not remembered any more.
    private static let searched: UInt64 = 100_000

    /// Looks for the newest message of an id among the last ones of a topic.
    private func search(_ id: [UInt8], in topic: Topic) throws(StoreError) -> UInt64? {
        var cursor: SegmentCursor?
        var found: UInt64?
        var offset = max(topic.row.first, topic.visible - min(topic.visible, Self.searched), topic.row.firstID)
        while offset < topic.visible {
            switch try locate(offset, in: topic, &cursor) {
            case .message(let segment, let message):
                let fields = segment.fields(start: message.start, size: message.size)
                if fields?.id.elementsEqual(id) == true { found = message.offset }
                offset = message.offset + 1
            case .gap(let until): offset = until
            case .end: return found
            }
        }
        return found
    }

    /// The offset of a redriven message of that id that has left the log.
    private func copied(_ id: [UInt8], in topic: Topic) throws(StoreError) -> UInt64? {
        for subscription in topic.subscriptions {
            for offset in subscription.lane.reopened.sorted() where offset < topic.row.first {
                if try message(at: offset, subscription)?.withFields({ $0.id.elementsEqual(id) }) == true {
                    return offset
                }
            }
        }
        return nil
    }

    private func explain(_ place: Place, in topic: Topic, for name: String?) -> Explanation {
        var evidence = Evidence()
        switch place {
        case .scheduled(let due):
            evidence.due = due
            return Explanation(
                verdict: .scheduled, topic: topic.name, offset: 0, subscription: name, evidence: evidence,
                next: "it becomes visible when it is due")
        case .nowhere(let offset):
            return Explanation(
                verdict: .notFound, topic: topic.name, offset: offset, subscription: name, evidence: evidence,
                next: "nothing: there is no such message")
        case .log(let offset) where offset < topic.row.first:
            return Explanation(
                verdict: .notFound, topic: topic.name, offset: offset, subscription: name, evidence: evidence,
                next: "nothing: it has left the log")
        case .log(let offset):
            evidence.reason = WaitReason.noSubscription.rawValue
            return Explanation(
                verdict: .waiting, topic: topic.name, offset: offset, subscription: name, evidence: evidence,
                next: "no subscription sees it; one that is made with from=earliest will")
        }
    }

    /// The verdict about a message of the log.
    func explain(_ offset: UInt64, for subscription: Subscription) throws(StoreError) -> Explanation {
        let found = try verdict(of: offset, for: subscription)
        return Explanation(
            verdict: found.verdict, topic: subscription.topic.name, offset: offset, subscription: subscription.name,
            evidence: found.evidence, next: next(found, subscription))
    }

    /// A verdict and what it rests on.
    struct Finding {
        var verdict: Verdict
        var evidence = Evidence()
    }

    private func verdict(of offset: UInt64, for subscription: Subscription) throws(StoreError) -> Finding {
        let row = subscription.row
        guard offset >= row.start else { return Finding(verdict: .beforeStart) }
        if subscription.lane.reopened.contains(offset) { return try openVerdict(of: offset, for: subscription) }
        if let earlier = row.earlier.first(where: { offset < $0.end }) {
            return try verdict(of: offset, for: subscription, in: earlier)
        }
        guard subscription.lane.isSettled(offset) else { return try openVerdict(of: offset, for: subscription) }
        return try settledVerdict(of: offset, for: subscription, try ending(of: offset, subscription))
    }

    /// The verdict about a message that lies before the last seek.
    private func verdict(
        of offset: UInt64, for subscription: Subscription, in earlier: EarlierPosition
    ) throws(StoreError) -> Finding {
        guard earlier.position > 0 else {
            var evidence = Evidence()
            evidence.note = "the position has been set elsewhere so often that no more is known"
            return Finding(verdict: .beforeStart, evidence: evidence)
        }
        let isSettled =
            offset <= earlier.floor ? true : try store.isSettled(position: earlier.position, offset: offset)
        guard isSettled else { return Finding(verdict: .beforeStart) }
        return try settledVerdict(of: offset, for: subscription, try ending(of: offset, subscription))
    }

    private func settledVerdict(
        of offset: UInt64, for subscription: Subscription, _ ending: Ending?
    ) throws(StoreError) -> Finding {
        guard let ending else {
            let filter = subscription.row.settings.filter
            let isPassed = filter.isEmpty ? nil : try peeked(offset, subscription)?.withFields { filter.passes($0) }
            return Finding(verdict: isPassed == false ? .filtered : .handled)
        }
        var evidence = Evidence()
        evidence.at = ending.time
        switch ending.kind {
        case .dead:
            evidence.reason = ending.reason
            evidence.by = ending.by
            evidence.note = ending.note
            evidence.offset = topicsByID[ending.copyTopic] != nil ? ending.copyOffset : nil
            // The topic of dead letters may have been deleted, and another one made of its name.
            let name = Topic.deadLetters(of: subscription)
            evidence.topic = topics[name]?.id == ending.copyTopic ? name : nil
            return Finding(verdict: .dead, evidence: evidence)
        case .expired: return Finding(verdict: .expired, evidence: evidence)
        case .lost, .purged:
            evidence.purged = ending.kind == .purged
            evidence.by = ending.by
            return Finding(verdict: .lostToRetention, evidence: evidence)
        case .damaged:
            evidence.damaged = true
            return Finding(verdict: .lostToRetention, evidence: evidence)
        case .resolved:
            evidence.by = ending.by
            evidence.note = ending.note
            evidence.resolved = ending.reason
            return Finding(verdict: .handled, evidence: evidence)
        case .beforeStart: return Finding(verdict: .beforeStart, evidence: evidence)
        }
    }

    /// A message of the log, settled or not; nil when it cannot be read any more.
    private func peeked(_ offset: UInt64, _ subscription: Subscription) throws(StoreError) -> PeekedMessage? {
        guard offset >= subscription.topic.row.first else { return nil }
        return try message(at: offset, subscription)
    }

    /// A due time as the wall's clock tells it.
    func wall(_ due: UInt64) -> UInt64 {
        due >= dueNow ? now.wall + (due - dueNow) : now.wall - min(now.wall, dueNow - due)
    }
}
