// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Messages that become visible later (semantics 1).
extension Broker {
    /// Takes a publish that names a time.
    func publish(_ request: TimedPublish, for connection: Connection) throws {
        // What is refused makes no topic.
        _ = try place(of: request.schedule)
        guard let topic = topicToPublish(request.topic) else {
            throw isFull ? full() : .unknownTopic(request.topic)
        }
        switch try take(request, in: topic) {
        case .visible(let offset, let unseen):
            reply(published(offset, count: 1, unseen: unseen, topic, connection), to: connection)
            if unseen { announceUnseen(topic, first: offset) }
        case .scheduled(let due): reply(.scheduled(due: due), to: connection)
        case .repeated(let offset): reply(.duplicate(offset), to: connection)
        case .scheduledBefore(let due): reply(.scheduledBefore(due: due), to: connection)
        }
    }

    /// What came of a publish that names a time.
    enum Taken {
        /// It is visible now.
        case visible(UInt64, unseen: Bool)
        /// It becomes visible then, in Unix milliseconds.
        case scheduled(UInt64)
        /// Its id was accepted before, at that offset.
        case repeated(UInt64)
        /// Its id rests until then.
        case scheduledBefore(UInt64)
    }

    /// Publishes or schedules a message.
    ///
    /// - Throws: `Refusal` when that cannot be, `StoreError`.
    ///
    /// - Parameter isChecked: whether it was found before that it can be; then it is done.
    func take(_ request: TimedPublish, in topic: Topic, isChecked: Bool = false) throws -> Taken {
        let place = try place(of: request.schedule)
        return try request.withFields { fields in
            if let known = try repeated(fields, in: topic, isChecked) { return known }
            guard let place else { return try publish(fields, ttl: request.ttl, in: topic, isChecked) }
            guard isChecked || !isFull else { throw full(topic) }
            guard isChecked || scheduledCount < 1 << 19 else {
                throw Refusal(.busy, "too much is scheduled at once: try again")
            }
            var slab = ByteSlab(capacity: fields.body.count + fields.headers.count + 256)
            StoredMessage.append(fields, to: &slab)
            let message = ScheduledMessage(
                topic: topic.id, due: place.due, number: nextBatch << 20 | scheduledCount, isAbsolute: place.isAbsolute,
                ttl: UInt64(request.ttl ?? 0), record: Array(slab.bytes))
            scheduledCount += 1
            try put(message, in: topic)
            return .scheduled(shown(message))
        }
    }

    /// When something becomes visible, by one of the clocks.
    private func place(of schedule: Schedule?) throws(Refusal) -> (due: UInt64, isAbsolute: Bool)? {
        switch schedule {
        case nil, .delay(0): return nil
        case .delay(let delay): return (dueNow + UInt64(delay), false)
        case .at(let time):
            guard time <= now.wall + UInt64(Limits.schedule) else {
                throw Self.tooFar
            }
            return time > now.wall ? (time, true) : nil
        }
    }

    static let tooFar = Refusal(
        .badOption, "at: expected a time that is at most \(DurationCoding.encode(Limits.schedule)) ahead, in Unix ms")
    static let notScheduled = Refusal(.unknownMessage, "id: no message of this id is scheduled")

    /// When a scheduled message becomes visible, as people read it.
    func shown(_ message: ScheduledMessage) -> UInt64 { message.isAbsolute ? message.due : wall(message.due) }

    private func repeated(_ fields: MessageFields, in topic: Topic, _ isChecked: Bool) throws -> Taken? {
        guard let id = identify(fields) else { return nil }
        if let resting = try scheduled(Array(fields.id), in: topic) {
            if !isChecked { try check(id, isRepeatOf: resting) }
            return .scheduledBefore(shown(resting))
        }
        switch try dedupResult(of: id, in: topic) {
        case .unknown: return nil
        case .accepted(let offset): return .repeated(offset)
        case .conflict(let offset) where isChecked: return .repeated(offset)
        case .conflict(let offset): throw Self.idConflict(offset)
        }
    }

    /// Makes sure that a message is the same as one that rests under its id.
    func check(_ id: MessageID, isRepeatOf resting: ScheduledMessage) throws(Refusal) {
        let sum = resting.record.withUnsafeBytes { StoredMessage.fields(of: $0).map { MessageID.sum(of: $0.body) } }
        guard sum == id.sum else {
            throw Refusal(.idConflict, "id: a message with another body is scheduled under it")
        }
    }

    /// Appends a message that is visible now.
    private func publish(_ fields: MessageFields, ttl: Int?, in topic: Topic, _ isChecked: Bool) throws -> Taken {
        let size = fields.body.count + fields.headers.count
        if !isChecked, let refusal = try refusal(in: topic, for: 1, bytes: size) { throw refusal }
        var fields = fields
        if let ttl { fields.expires = dueNow + UInt64(ttl) }
        if let id = identify(fields) { remember(id, offset: topic.row.next, in: topic) }
        let unseen = isUnseen(fields, in: topic)
        return .visible(try appendTimed(fields, to: topic), unseen: unseen)
    }

    /// Appends a message that may have a time to live.
    @discardableResult
    func appendTimed(_ fields: MessageFields, to topic: Topic) throws(StoreError) -> UInt64 {
        try noteProcess(of: fields, at: topic.row.next, of: topic)
        let offset = append(fields, to: topic)
        guard fields.expires > 0 else { return offset }
        topic.newExpiries.append(Due(time: fields.expires, offset: offset))
        noteExpiring(topic)
        armExpiries(of: topic, at: fields.expires)
        return offset
    }

    private func put(_ message: ScheduledMessage, in topic: Topic) throws(StoreError) {
        try put(message.row)
        if let id = message.id {
            topic.mayHaveScheduledIDs = true
            try put(message.idRow(id))
        }
        armScheduled(at: message.due, isAbsolute: message.isAbsolute)
    }

    /// What is scheduled under an id, if anything is.
    func scheduled(_ id: [UInt8], in topic: Topic) throws(StoreError) -> ScheduledMessage? {
        guard try mayHaveScheduledIDs(topic),
            let row = try row(.scheduledIDs, ScheduledMessage.idKey(topic: topic.id, id))
        else { return nil }
        let place = try ScheduledMessage.place(row)
        guard let row = try self.row(place.table, place.key) else { return nil }
        let message = try ScheduledMessage(row)
        return message.number >= topic.row.firstScheduled ? message : nil
    }

    /// Whether a topic may have scheduled messages with ids, which publishes with ids have to be compared with.
    func mayHaveScheduledIDs(_ topic: Topic) throws(StoreError) -> Bool {
        if let known = topic.mayHaveScheduledIDs { return known }
        let prefix = ScheduledMessage.idKey(topic: topic.id, [])
        let found = try !store.heads(.scheduledIDs, prefix: prefix, after: [], limit: 1).isEmpty
        topic.mayHaveScheduledIDs = found
        return found
    }

    // MARK: - Cancelling

    func cancel(_ topic: String, _ id: [UInt8], for connection: Connection) throws {
        let topic = try self.topic(topic)
        try remove(try resting(id, in: topic))
        reply(.ok, to: connection)
    }

    private func resting(_ id: [UInt8], in topic: Topic) throws -> ScheduledMessage {
        guard let message = try scheduled(id, in: topic) else {
            throw Self.notScheduled
        }
        return message
    }

    /// Removes a scheduled message.
    func remove(_ message: ScheduledMessage) throws(StoreError) {
        remove(message.table, message.key, expiresAt: message.due)
        guard let id = message.id else { return }
        let key = ScheduledMessage.idKey(topic: message.topic, id)
        if let row = try row(.scheduledIDs, key), try ScheduledMessage.place(row).key == message.key {
            remove(.scheduledIDs, key, expiresAt: nil)
        }
    }

    func reschedule(_ topic: String, _ id: [UInt8], to schedule: Schedule, for connection: Connection) throws {
        let topic = try self.topic(topic)
        switch try move(id, in: topic, to: schedule) {
        case .visible(let offset, let unseen):
            reply(published(offset, count: 1, unseen: unseen, topic, connection), to: connection)
            if unseen { announceUnseen(topic, first: offset) }
        case .scheduled(let due): reply(.scheduled(due: due), to: connection)
        case .repeated, .scheduledBefore: preconditionFailure("it is the message itself")
        }
    }

    /// Gives a scheduled message another time.
    func move(
        _ id: [UInt8], in topic: Topic, to schedule: Schedule, isChecked: Bool = false
    ) throws -> Taken {
        var message = try resting(id, in: topic)
        guard let place = try place(of: schedule) else {
            let visible = try message.record.withUnsafeBytes { bytes in
                guard let fields = StoredMessage.fields(of: bytes) else { throw Self.malformed }
                let ttl = message.ttl > 0 ? Int(message.ttl) : nil
                return try publish(fields, ttl: ttl, in: topic, isChecked)
            }
            try remove(message)
            return visible
        }
        guard isChecked || !isFull else { throw full(topic) }
        try remove(message)
        (message.due, message.isAbsolute) = place
        try put(message, in: topic)
        return .scheduled(shown(message))
    }

    static let malformed = StoreError(.damaged, "a scheduled message cannot be read: the data file is damaged")

    /// Cancels all that is scheduled on a topic.
    func cancelAll(of topic: Topic) {
        topic.row.firstScheduled = nextBatch << 20 | scheduledCount
        operations.append(.putTopic(topic.row))
        operations.append(.removeScheduled(topic: topic.id, below: topic.row.firstScheduled))
    }

    /// The key of a scheduled message that was shown with a time: by a delay, it is shown as the clock has it now.
    private func key(of topic: Topic, shownAt time: UInt64, _ number: UInt64) throws(StoreError) -> [UInt8] {
        let named = ScheduledMessage.rowKey(topic: topic.id, time, number)
        let due = time >= now.wall ? dueNow + (time - now.wall) : dueNow - min(dueNow, now.wall - time)
        let delayed = ScheduledMessage.rowKey(topic: topic.id, due, number)
        return try row(.scheduled, delayed) != nil ? delayed : named
    }

    /// Lists what is scheduled on a topic, the earliest first, behind a place.
    func scheduled(
        _ name: String, limit: Int, afterTime: UInt64, afterNumber: UInt64
    ) throws -> [ScheduledInfo] {
        let topic = try self.topic(name)
        var list: [ScheduledInfo] = []
        var after = try key(of: topic, shownAt: afterTime, afterNumber)
        while list.count < limit {
            let heads = try store.heads(
                .scheduled, prefix: ScheduledMessage.rowKey(topic: topic.id), after: after, limit: limit)
            for head in heads where list.count < limit {
                guard let row = try row(.scheduled, head.row.key) else { continue }
                let message = try ScheduledMessage(row)
                guard message.number >= topic.row.firstScheduled else { continue }
                list.append(ScheduledInfo(message, due: shown(message)))
            }
            guard heads.count == limit, let last = heads.last else { break }
            after = last.row.key
        }
        return list
    }
}
