// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// All that the broker owes to everyone, as simply as it can be said.
///
/// It knows what was confirmed and says what may follow: which deliveries, which replies, which losses. It is a value,
/// so that what was not to be is undone by taking an earlier copy. Times are Unix milliseconds.
struct ReferenceModel {
    /// A consumer, attached or kept for its session.
    struct Consumer {
        /// Never given again.
        var id: Int
        var connection: UInt64
        var number: UInt64
        var topic: String
        var subscription: String
        var window: Int
        var grace: Int
        /// When its grace ends, if its connection is gone.
        var keptUntil: UInt64?
        var firstTag: UInt64 = 1
        var nextTag: UInt64 = 1
        /// Tags whose leases ran out.
        var lost: Set<UInt64> = []
        /// The newest message that it was the first to get.
        var newest: UInt64 = 0
    }

    let configuration: BrokerConfiguration
    var now: UInt64
    /// Whether the store takes nothing more.
    var isFull = false
    var topics: [String: ReferenceTopic] = [:]
    /// Where the durable messages of each topic end, while there are others.
    var durable: [String: UInt64]?
    var records = ReferenceRecords()
    var consumers: [Consumer] = []
    var nextConsumer = 1
    /// The bytes of deliveries that each open connection has not taken.
    var untaken: [UInt64: Int] = [:]
    /// The session of each connection, and the last connection of each session.
    var names: [UInt64: String] = [:]
    var sessions: [String: UInt64] = [:]
    /// Where tags go on counting, by connection and number.
    var nextTags: [UInt64: [UInt64: UInt64]] = [:]
    /// What connections that are gone are told when they come back, and until when.
    var farewells: [UInt64: (lines: [String], consumers: Int, until: UInt64)] = [:]
    /// The bodies of dead letters by the topics that hold them.
    private(set) var deadLetters: [String: [String]] = [:]

    init(_ configuration: BrokerConfiguration = BrokerConfiguration(), now: UInt64 = 0) {
        self.configuration = configuration
        self.now = now
    }

    /// The consumers that can have deliveries, the oldest first.
    var attached: [Consumer] { consumers.filter { $0.keptUntil == nil } }

    /// Whether something is not settled, or is held although it is gone.
    var isBusy: Bool {
        topics.values.contains { topic in
            topic.subscriptions.values.contains { !$0.held.isEmpty || $0.backlog(next: topic.next) > 0 }
        }
    }

    func place(of number: UInt64, on connection: UInt64) -> Int? {
        consumers.firstIndex { $0.connection == connection && $0.number == number && $0.keptUntil == nil }
    }

    func subscription(of consumer: Consumer) -> ReferenceSubscription? {
        topics[consumer.topic]?.subscriptions[consumer.subscription]
    }

    /// The tags that a consumer holds.
    func tags(of consumer: Consumer) -> [UInt64] { subscription(of: consumer)?.tags(of: consumer.id) ?? [] }

    // MARK: - Deliveries

    /// Takes a delivery, or says why it may not be.
    mutating func deliver(_ handed: Handed) -> String? {
        guard let place = place(of: handed.got.consumer, on: handed.connection) else {
            return "\(handed) is for a consumer that is not attached"
        }
        guard let problem = deliver(handed, to: place) else { return nil }
        let (topic, subscription) = (consumers[place].topic, consumers[place].subscription)
        return "\(topic)/\(subscription): offset \(handed.got.offset) \(problem)"
    }

    private mutating func deliver(_ handed: Handed, to place: Int) -> String? {
        let (got, consumer) = (handed.got, consumers[place])
        guard let message = topics[consumer.topic]?.message(at: got.offset) else { return "was never published" }
        if let durable, got.offset >= durable[consumer.topic] ?? 1 { return "is not durable" }
        if message.draft.body != got.body { return "is not what was published" }
        let key = message.draft.id.isEmpty ? "#\(got.offset)" : message.draft.id
        if got.receipt != subscription(of: consumer)?.outcome(key, at: now) {
            return "has the receipt \(got.receipt ?? "nil")"
        }
        if got.tag < consumer.nextTag { return "has the tag \(got.tag), which was given before" }
        if got.attempt == 1, got.offset < consumer.newest { return "comes behind \(consumer.newest)" }
        // Who has a large window gets a run at a time, which is counted when it is complete.
        let limit = configuration.deliveryBytes * (consumer.window < 128 ? 1 : 2)
        let untaken = untaken[handed.connection] ?? 0
        if untaken > limit { return "comes although \(untaken) bytes have not been taken" }
        let problem = topics[consumer.topic]?.subscriptions[consumer.subscription]?.deliver(
            got, to: consumer.id, turn: handed.turn, leaseCap: configuration.leaseCap, at: now)
        if let problem { return problem }
        self.untaken[handed.connection] = untaken + handed.size + 64
        consumers[place].nextTag = got.tag + 1
        if got.attempt == 1 { consumers[place].newest = got.offset }
        return tags(of: consumer).count > consumer.window ? "exceeds the window of \(consumer.window)" : nil
    }

    /// Connections that get nothing until they have taken what they got.
    var blocked: [UInt64] { untaken.filter { $0.value > configuration.deliveryBytes }.keys.sorted() }

    mutating func drained(_ connection: UInt64) {
        if untaken[connection] != nil { untaken[connection] = 0 }
    }

    // MARK: - Ends of deliveries

    /// Whether there is no room for the dead letters of a command.
    func isRefused(_ request: Settle, of consumer: Consumer) -> Bool {
        isFull && request.verb == .reject && !consumer.topic.hasPrefix("$dead.")
            && tags(of: consumer).contains { tag in request.tags.contains { $0.contains(tag) } }
    }

    /// Settles; what that has to be answered.
    mutating func settle(_ request: Settle, on connection: UInt64) -> String {
        guard let place = place(of: request.consumer, on: connection) else { return "ERR unknown-consumer" }
        let consumer = consumers[place]
        if isRefused(request, of: consumer) { return "ERR full" }
        var lost: [ClosedRange<UInt64>] = []
        var count: UInt64 = 0
        for range in request.tags {
            for tag in tags(of: consumer) where range.contains(tag) {
                let dead = topics[consumer.topic]?.subscriptions[consumer.subscription]?.settle(
                    request, tag: tag, of: consumer.id, isFull: isFull, at: now)
                bury([dead].compactMap { $0 }, consumer.topic, consumer.subscription)
            }
            var gone: [ClosedRange<UInt64>] = []
            if range.lowerBound < consumer.firstTag {
                gone.append(range.lowerBound...min(range.upperBound, consumer.firstTag - 1))
            }
            gone += Self.ranges(consumer.lost.filter(range.contains).sorted())
            if range.upperBound >= consumer.nextTag {
                gone.append(max(range.lowerBound, consumer.nextTag)...range.upperBound)
            }
            lost += gone
            count += UInt64(range.count) - UInt64(gone.reduce(0) { $0 + $1.count })
        }
        return "OK \(count)" + (lost.isEmpty ? "" : " lost=\(Wording.text(of: lost))")
    }

    /// Extends leases; what that has to be answered.
    mutating func touch(_ request: Touch, on connection: UInt64) -> String {
        guard let place = place(of: request.consumer, on: connection) else { return "ERR unknown-consumer" }
        let consumer = consumers[place]
        let extend = request.extend ?? subscription(of: consumer)?.settings.lease ?? 0
        var until = now + UInt64(extend)
        var count = 0
        var lost: [UInt64] = []
        for tag in request.tags.joined() {
            let deadline = topics[consumer.topic]?.subscriptions[consumer.subscription]?.touch(
                tag, of: consumer.id, by: extend, leaseCap: configuration.leaseCap, at: now)
            if let deadline {
                until = min(until, deadline)
                count += 1
            } else {
                lost.append(tag)
            }
        }
        return "OK \(count) until=\(max(until, now))"
            + (lost.isEmpty ? "" : " lost=\(Wording.text(of: Self.ranges(lost)))")
    }

    /// Consecutive numbers as ranges.
    static func ranges(_ numbers: [UInt64]) -> [ClosedRange<UInt64>] {
        numbers.reduce(into: []) { ranges, number in
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
    }

    /// Notes messages that are dead now.
    mutating func bury(_ offsets: [UInt64], _ topic: String, _ subscription: String) {
        let bodies = offsets.compactMap { topics[topic]?.message(at: $0)?.draft.body }
        if !bodies.isEmpty { deadLetters["$dead.\(topic).\(subscription)", default: []] += bodies }
    }
}
