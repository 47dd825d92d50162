// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The log: every pack is whole, and offsets have no holes.
extension StoreVerifier {
    /// Where a walk over the log stands within a topic.
    private struct Place {
        var topic: UInt64
        /// The offset at which the next pack has to begin; nil before the first one.
        var next: UInt64?
        /// Bytes of records up to there; nil when that is not known.
        var total: UInt64?
        var time: UInt64 = 0
        /// Why messages from `next` on cannot be read.
        var reason: String?
    }

    private static let lost =
        "the messages cannot be read: each subscription that comes to them ends them as damaged and goes on"

    func checkLog() throws {
        var walk = LogWalk()
        var place: Place?
        var seen: Set<UInt64> = []
        func take(_ found: (topic: UInt64, base: UInt64, pack: LogWalk.Pack)) {
            if place?.topic != found.topic {
                if let place { self.leave(place) }
                place = Place(topic: found.topic)
                seen.insert(found.topic)
                if self.topics[found.topic] == nil, !self.snapshot.isSwept(.log, id: found.topic) {
                    self.add(
                        .stray, "log", offsets: found.base...found.base,
                        "messages from offset \(found.base) on belong to no topic (id \(found.topic))",
                        meaning: "their topic's row is lost, and they cannot be read")
                }
            }
            self.check(found.base, found.pack, &place!)
        }
        try snapshot.walk("log") { key, value in
            self.report.rows += 1
            do {
                if let found = try walk.take(key, value) { take(found) }
            } catch let stray as LogWalk.StrayPiece {
                guard !self.snapshot.isSwept(.log, id: stray.topic) else { return }
                self.add(
                    .stray, "log", topic: stray.topic, offsets: stray.offset...stray.offset,
                    "a piece of a large message stands alone", meaning: Self.lost)
            } catch let error as StoreError {
                self.add(.row, "log", error.message, meaning: Self.lost)
            }
        }
        if let found = walk.finish() { take(found) }
        if let place { leave(place) }
        for topic in topics.values.sorted(by: { $0.row.id < $1.row.id }) where !seen.contains(topic.row.id) {
            lose(topic.row.id, topic.row.first, topic.row.next, "packs are missing")
        }
    }

    private func check(_ base: UInt64, _ pack: LogWalk.Pack, _ place: inout Place) {
        let first = topics[place.topic]?.row.first ?? base
        let expected = place.next ?? min(first, base)
        if base < expected {
            add(
                .messages, "log", topic: place.topic, offsets: base...expected - 1,
                "the pack at offset \(base) begins before the one in front of it ends", meaning: Self.lost)
        } else if place.next == nil, base > first {
            lose(place.topic, first, base, "packs are missing")
        } else if base > expected {
            lose(place.topic, expected, base, place.reason ?? "packs are missing")
        }
        switch pack {
        case .damaged(let what):
            (place.next, place.reason, place.total) = (base, what, nil)
        case .intact(let header, let bytes): check(header, bytes, base, &place)
        }
    }

    private func check(_ header: Pack, _ bytes: [UInt8], _ base: UInt64, _ place: inout Place) {
        let records = bytes.withUnsafeBytes { Self.records(UnsafeRawBufferPointer(rebasing: $0[Pack.headerSize...])) }
        guard records == header.count else {
            (place.next, place.total) = (base, nil)
            place.reason = "the pack at offset \(base) says \(header.count) messages and holds \(records)"
            return
        }
        let before = header.total - min(header.total, UInt64(header.payload))
        if let total = place.total, total != before {
            add(
                .counter, "log", topic: place.topic, offsets: base...base,
                "the pack at offset \(base) counts \(before) bytes before it, and there were \(total)",
                meaning: "the topic's size is not right; no message is lost")
        }
        if header.time < place.time {
            add(
                .counter, "log", topic: place.topic, offsets: base...base,
                "the time of the pack at offset \(base) is before that of the one in front of it",
                meaning: "searches by time may miss the place; no message is lost")
        }
        place = Place(topic: place.topic, next: base + UInt64(header.count), total: header.total, time: header.time)
        guard let first = topics[place.topic]?.row.first, base + UInt64(header.count) > first else { return }
        report.messages += base + UInt64(header.count) - max(base, first)
        report.messageBytes += UInt64(header.payload)
    }

    /// How many records lie one after another; -1 when they are none.
    private static func records(_ bytes: UnsafeRawBufferPointer) -> Int {
        var (at, count) = (0, 0)
        while at < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
            guard let size = StoredMessage.size(at: rest), StoredMessage.fields(of: rest) != nil else { return -1 }
            at += size
            count += 1
        }
        return count
    }

    /// Ends the walk over a topic.
    private func leave(_ place: Place) {
        guard let topic = topics[place.topic], let end = place.next else { return }
        if let reason = place.reason {
            lose(place.topic, end, max(topic.row.next, end + 1), reason)
        } else if end < topic.row.next {
            lose(place.topic, end, topic.row.next, "packs are missing at the end")
        }
        topics[place.topic]?.end = max(topic.row.next, place.reason == nil ? end : end + UInt64(Pack.messages))
    }

    /// Messages of a range that cannot be read; those that were dropped do not count.
    private func lose(_ topic: UInt64, _ first: UInt64, _ end: UInt64, _ reason: String) {
        guard let row = topics[topic]?.row else { return }
        let first = max(first, row.first)
        guard first < end else { return }
        add(.messages, "log", topic: topic, offsets: first...end - 1, reason, meaning: Self.lost)
    }
}
