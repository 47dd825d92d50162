// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What a process is to get within some time; a miss is a message (semantics 6).
extension Broker {
    /// Expectations of one process and topic that are looked at.
    private static let most = 1_000

    func expect(_ request: Expect, for connection: Connection) throws {
        let topic = try topicToSubscribe(request.topic)
        if let offset = try metBefore(request, in: topic) { return reply(.met(offset), to: connection) }
        guard !isFull else { throw full(topic) }
        try expect(request, in: topic)
        reply(.ok, to: connection)
    }

    /// The newest message that meets an expectation which looks back.
    func metBefore(_ request: Expect, in topic: Topic) throws(StoreError) -> UInt64? {
        guard request.lookback > 0 else { return nil }
        let since = ageLimit(UInt64(request.lookback), of: topic, countsDowntime: true) ?? 0
        let offsets = try processOffsets(of: request.process, in: topic)
        for offset in offsets.reversed() {
            // What this step appends cannot be read yet; it is published now.
            if offset >= topic.appending?.base ?? .max { return offset }
            var cursor: SegmentCursor?
            guard offset >= topic.row.first,
                case .message(let segment, let message) = try locate(offset, in: topic, &cursor),
                let fields = segment.fields(start: message.start, size: message.size)
            else { continue }
            guard message.time >= since else { return nil }
            if fields.process.elementsEqual(request.process) { return offset }
        }
        return nil
    }

    /// Remembers what a process is to get; a second of the same name replaces the first.
    func expect(_ request: Expect, in topic: Topic) throws(StoreError) {
        let expectation = Expectation(
            process: request.process, topic: topic.id, name: request.id, due: dueNow + UInt64(request.within))
        try put(expectation.row)
        hasExpectations = true
        timers.setEarlier(
            expectationsTimer, at: now.steady + UInt64(request.within), .expectations)
    }

    func unexpect(_ process: [UInt8], _ topic: String, _ id: [UInt8], for connection: Connection) throws {
        if try unexpect(process, topic, id) { reply(.ok, to: connection) } else { reply(.settled(0), to: connection) }
    }

    /// Forgets an expectation; false when there is none.
    func unexpect(_ process: [UInt8], _ topic: String, _ id: [UInt8]) throws(StoreError) -> Bool {
        guard let topic = topics[topic] else { return false }
        let key = Expectation.prefix(process: process, topic: topic.id) + id
        guard let row = try row(.expectations, key) else { return false }
        remove(.expectations, key, expiresAt: row.expiresAt)
        return true
    }

    /// Notes that a process has got a message on a topic.
    func meet(_ process: UnsafeRawBufferPointer, in topic: Topic) throws(StoreError) {
        guard hasExpectations else { return }
        let prefix = Expectation.prefix(process: process, topic: topic.id)
        var met = try store.heads(.expectations, prefix: prefix, after: [], limit: Self.most).map(\.row)
        met = met.filter { rows.row(.expectations, $0.key) == nil }
        met += rows.all(.expectations, prefix: prefix).compactMap(\.row)
        for row in met.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            remove(.expectations, row.key, expiresAt: row.expiresAt)
        }
    }

    // MARK: - Misses

    /// Sets the timer for the first expectation that is missed, at the start.
    func armFirstExpectation() throws(StoreError) {
        guard let first = try store.expiredRows(.expectations, by: .max, limit: 1).first else { return }
        hasExpectations = true
        let left = first.expiresAt - min(first.expiresAt, dueNow)
        timers.setEarlier(expectationsTimer, at: now.steady + left, .expectations)
    }

    /// What is missed by now, the first first.
    func misses() throws(StoreError) -> ArraySlice<(key: [UInt8], expiresAt: UInt64)> {
        hasExpectations ? try store.expiredRows(.expectations, by: dueNow, limit: Self.most)[...] : []
    }

    /// Tells of misses, and takes those off, that were missed before a moment: what became due then was too late.
    func tell(_ misses: inout ArraySlice<(key: [UInt8], expiresAt: UInt64)>, before moment: UInt64) throws(StoreError) {
        while let (key, due) = misses.first, due < moment {
            misses.removeFirst()
            guard rows.row(.expectations, key) == nil else { continue }
            remove(.expectations, key, expiresAt: due)
            let expectation = try Expectation(key: key, due: due)
            let topic = topicsByID[expectation.topic]
            var event = SystemEvent(.missed, topic: topic?.name ?? "")
            if topic == nil { event.note = "the topic was deleted" }
            event.process = expectation.process
            event.verdict = .notFound
            event.expectation = String(decoding: expectation.name, as: UTF8.self)
            tell(event)
        }
    }

    /// Tells what was missed.
    func missExpectations() throws(StoreError) {
        // What becomes visible at that very moment is in time.
        if let time = scheduledTimer.time, time <= judged { try publishDue() }
        let going = try store.expiredRows(.expectations, by: .max, limit: Self.most + 1)
        var missed = going.prefix(Self.most)
        try tell(&missed, before: dueNow + 1)
        let next = going.first { $0.expiresAt > dueNow && rows.row(.expectations, $0.key) == nil }
        if let next {
            timers.set(expectationsTimer, at: now.steady + (next.expiresAt - dueNow), .expectations)
        } else if going.count > Self.most {
            timers.set(expectationsTimer, at: now.steady + 1, .expectations)
        }
        // What this step made is not in the store yet.
        hasExpectations = !going.isEmpty || !rows.all(.expectations, prefix: []).isEmpty
        if hasExpectations { timers.setEarlier(expectationsTimer, at: now.steady + 1_000, .expectations) }
    }
}
