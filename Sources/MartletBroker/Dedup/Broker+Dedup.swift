// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Repeats of a publish are recognised by their ids (semantics 1).
extension Broker {
    /// What is known of an id.
    enum DedupResult {
        /// It has not been accepted within the window.
        case unknown
        /// It was accepted with this very body.
        case accepted(offset: UInt64)
        /// It was accepted with another body.
        case conflict(offset: UInt64)
    }

    /// Ids that are forgotten at once in the file, so that a publish rarely costs a sweep.
    private static let forgottenAtOnce: UInt64 = 8_192
    /// Ids that are brought near together while as many are looked up: no more than the nearest cache keeps.
    private static let prefetched = 32

    /// Appends records some of which have ids; each run of new ones at once.
    func publishIdentified(
        _ records: UnsafeRawBufferPointer, _ marks: ArraySlice<IDMark>, _ hasProcesses: Bool, to topic: Topic,
        for connection: Connection
    ) throws(StoreError) {
        let ids = try prepareIDs(of: topic)
        let hasRoom = !topic.row.settings.hasLimits && store.room >= taken + records.count
        var newIDs: [MessageID] = []
        swap(&newIDs, &topic.newIDs)
        defer { swap(&newIDs, &topic.newIDs) }
        let mayRest = try mayHaveScheduledIDs(topic)
        let time = stamp(of: topic)
        var next = topic.row.next
        var start = 0
        var at = 0
        var count = 0
        ids.prefetch(marks.prefix(Self.prefetched).lazy.map(\.hash), ahead: 0)
        for (index, mark) in marks.enumerated() {
            if index.isMultiple(of: Self.prefetched) {
                let next = marks.dropFirst(index + Self.prefetched).prefix(Self.prefetched)
                ids.prefetch(next.lazy.map(\.hash), ahead: Self.prefetched)
            }
            let size = Int(mark.size)
            let known = mark.hasID ? ids.find(mark.hash) : nil
            if known == nil, mark.hasID, mayRest, let resting = try resting(records, at, in: topic) {
                try accept(records[start..<at], count: count, hasProcesses, to: topic, for: connection)
                (start, count, at) = (at + size, 0, at + size)
                answer(mark.sum, resting, for: connection)
                continue
            }
            let refusal =
                known == nil && !hasRoom ? try refusal(in: topic, for: count + 1, bytes: at + size - start) : nil
            if known != nil || refusal != nil {
                try accept(records[start..<at], count: count, hasProcesses, to: topic, for: connection)
                (start, count) = (at + size, 0)
            }
            if let known {
                answer(mark.sum, known, for: connection)
            } else if let refusal {
                refusePublishes(refusal, count: 1, for: connection)
            } else {
                if mark.hasID {
                    let id = MessageID(hash: mark.hash, offset: next, sum: mark.sum, time: time)
                    ids.insert(id)
                    newIDs.append(id)
                }
                next += 1
                count += 1
            }
            at += size
        }
        try accept(records[start..<at], count: count, hasProcesses, to: topic, for: connection)
    }

    private func accept(
        _ records: Slice<UnsafeRawBufferPointer>, count: Int, _ hasProcesses: Bool, to topic: Topic,
        for connection: Connection
    ) throws(StoreError) {
        guard count > 0 else { return }
        try accept(
            UnsafeRawBufferPointer(rebasing: records), count: count, hasProcesses, to: topic, for: connection)
    }

    /// Answers a publish whose id is known.
    private func answer(_ sum: UInt32, _ known: MessageID, for connection: Connection) {
        if known.sum == sum {
            counts.duplicates += 1
            reply(.duplicate(known.offset), to: connection)
        } else {
            refusePublishes(Self.idConflict(known.offset), count: 1, for: connection)
        }
    }

    /// What is scheduled under the id of a record.
    private func resting(
        _ records: UnsafeRawBufferPointer, _ at: Int, in topic: Topic
    ) throws(StoreError) -> ScheduledMessage? {
        guard let fields = StoredMessage.fields(of: UnsafeRawBufferPointer(rebasing: records[at...])) else {
            return nil
        }
        return try scheduled(Array(fields.id), in: topic)
    }

    /// Answers a publish whose id rests with a scheduled message.
    private func answer(_ sum: UInt32, _ resting: ScheduledMessage, for connection: Connection) {
        do throws(Refusal) {
            try check(MessageID(hash: 0, offset: 0, sum: sum, time: 0), isRepeatOf: resting)
            reply(.scheduledBefore(due: shown(resting)), to: connection)
        } catch {
            refusePublishes(error, count: 1, for: connection)
        }
    }

    /// The offset of the message of an id, if it is remembered.
    func offset(of id: [UInt8], in topic: Topic) throws(StoreError) -> UInt64? {
        guard topic.row.settings.dedupWindow > 0 else { return nil }
        let hash = id.withUnsafeBytes { IDHash.hash($0, idKey: idKey) }
        return try prepareIDs(of: topic).find(hash)?.offset
    }

    static func idConflict(_ offset: UInt64) -> Refusal {
        Refusal(.idConflict, "id: it was accepted with another body at offset \(offset)")
    }

    /// What a topic would remember of a message; nil when the message has no id.
    func identify(_ fields: MessageFields) -> MessageID? {
        guard !fields.id.isEmpty else { return nil }
        return MessageID(
            hash: IDHash.hash(fields.id, idKey: idKey), offset: 0, sum: MessageID.sum(of: fields.body), time: now.wall)
    }

    /// What a topic knows of an id.
    func dedupResult(of id: MessageID, in topic: Topic) throws(StoreError) -> DedupResult {
        guard topic.row.settings.dedupWindow > 0, let known = try prepareIDs(of: topic).find(id.hash) else {
            return .unknown
        }
        return known.sum == id.sum ? .accepted(offset: known.offset) : .conflict(offset: known.offset)
    }

    /// Remembers the id of a message that gets an offset.
    func remember(_ id: MessageID, offset: UInt64, in topic: Topic) {
        guard topic.row.settings.dedupWindow > 0 else { return }
        var id = id
        id.offset = offset
        // What is being read from the store comes behind what is there.
        if topic.ids?.unread == nil { topic.ids?.insert(id) }
        topic.newIDs.append(id)
    }

    /// Ids of that time and before are forgotten; nil when none is.
    private func idLimit(of topic: Topic) -> UInt64? {
        ageLimit(topic.row.settings.dedupWindow, of: topic, countsDowntime: true)
    }

    /// The ids that a topic remembers now: what is not in memory yet is read at once.
    private func prepareIDs(of topic: Topic) throws(StoreError) -> IDIndex {
        let ids = index(of: topic)
        while ids.unread != nil { try read(ids, of: topic, .max) }
        topic.idsAsked = now.steady
        if let limit = idLimit(of: topic) { ids.removeFirst { $0.time <= limit } }
        // Now and then the rows of those that are forgotten are swept.
        let first = ids.oldest?.offset ?? topic.row.next
        if first >= topic.firstStoredID + Self.forgottenAtOnce {
            topic.firstStoredID = first
            operations.append(.forgetIDs(topic: topic.id, below: first))
        }
        return ids
    }

    /// The index of a topic, which is made when it is first asked: a start shall not wait for it, and topics whose
    /// publishers give no ids need none.
    private func index(of topic: Topic) -> IDIndex {
        if let ids = topic.ids { return ids }
        let ids = IDIndex(limit: configuration.dedupIDs)
        topic.ids = ids
        return ids
    }

    /// Whether the ids of a topic are in memory; those for which the step has no room are read over the next ones.
    func hasIDs(_ topic: Topic) throws(StoreError) -> Bool {
        guard topic.row.settings.dedupWindow > 0, index(of: topic).unread != nil else { return true }
        guard !topic.isReadingIDs else { return false }
        topic.isReadingIDs = try !goOnReadingIDs(of: topic)
        if topic.isReadingIDs { unfinished.append(.ids(topic)) }
        return !topic.isReadingIDs
    }

    /// Reads as many ids of a topic as the step has room for; true when all are in memory.
    func goOnReadingIDs(of topic: Topic) throws(StoreError) -> Bool {
        topic.isReadingIDs = false
        guard !topic.isGone else { return true }
        let ids = index(of: topic)
        topic.idsAsked = now.steady
        if idRoom > 0, ids.unread != nil { idRoom -= try read(ids, of: topic, idRoom) }
        topic.isReadingIDs = ids.unread != nil
        return !topic.isReadingIDs
    }

    /// Puts some ids that the store remembers into an index, behind those that are in it.
    ///
    /// - Returns: how many were read.
    @discardableResult
    private func read(_ ids: IDIndex, of topic: Topic, _ most: Int) throws(StoreError) -> Int {
        guard let place = ids.unread else { return 0 }
        let (first, limit) = (topic.row.firstID, idLimit(of: topic) ?? 0)
        let before = ids.count
        var count = 0
        var block: [MessageID] = []
        func take() {
            ids.prefetch(block.lazy.map(\.hash), ahead: 0)
            // An id whose window had ended may have been accepted again.
            for id in block where ids.find(id.hash) == nil { ids.insert(id) }
            block.removeAll(keepingCapacity: true)
        }
        ids.unread = try store.ids(topic: topic.id, from: place, limit: most) { id in
            count += 1
            guard id.offset >= first, limit == 0 || id.time > limit else { return }
            block.append(id)
            if block.count == Self.prefetched { take() }
        }
        take()
        idsInMemory += ids.count - before
        return count
    }

    /// Lets go of the ids that were asked for the longest ago, when all topics together have too many in memory.
    ///
    /// To be called when all ids are in the store.
    func boundIDs() {
        guard idsInMemory > configuration.idsInMemory else { return }
        let holders = topics.values.filter { $0.ids != nil }.sorted { ($0.idsAsked, $0.id) < ($1.idsAsked, $1.id) }
        idsInMemory = holders.reduce(0) { $0 + ($1.ids?.count ?? 0) }
        for topic in holders.dropLast() where idsInMemory > configuration.idsInMemory {
            idsInMemory -= topic.ids?.count ?? 0
            topic.ids = nil
        }
    }

    /// Forgets the ids of messages that were purged: after a purge they may be sent anew.
    func forgetIDs(of topic: Topic, below first: UInt64) {
        guard first > topic.row.firstID else { return }
        topic.row.firstID = first
        topic.firstStoredID = max(topic.firstStoredID, first)
        topic.ids?.removeFirst { $0.offset < first }
        operations.append(.putTopic(topic.row))
        operations.append(.forgetIDs(topic: topic.id, below: first))
    }
}
