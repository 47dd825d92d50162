// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Repeats of a publish are recognised by their ids (semantics 1).
extension Broker {
    /// What is known of an id.
    enum Acquaintance {
        /// It has not been accepted within the window.
        case unknown
        /// It was accepted with this very body.
        case accepted(offset: UInt64)
        /// It was accepted with another body.
        case conflict(offset: UInt64)
    }

    /// Ids that are forgotten at once in the file, so that a publish rarely costs a sweep.
    private static let forgottenAtOnce: UInt64 = 8_192
    /// Ids that are looked up together.
    private static let identifiedAtOnce = 64

    /// Appends records some of which have ids; each run of new ones at once.
    func publishIdentified(
        _ records: UnsafeRawBufferPointer, to topic: Topic, for connection: Connection
    ) throws(StoreError) {
        let ids = try prepareIDs(of: topic)
        let window = topic.row.settings.retention == .limits && !store.isFull
        var newIDs: [MessageID] = []
        swap(&newIDs, &topic.newIDs)
        defer { swap(&newIDs, &topic.newIDs) }
        var next = topic.row.next
        var start = 0
        var at = 0
        var count = 0
        while at < records.count {
            identify(UnsafeRawBufferPointer(rebasing: records[at...]))
            touched ^= ids.touch(identified.lazy.map(\.id))
            for (id, size, hasID) in identified {
                let known = hasID ? ids.find(id.hash) : nil
                let refusal = known == nil && !window ? refusal(in: topic, for: count + 1, bytes: at + size - start) : nil
                if known != nil || refusal != nil {
                    accept(records[start..<at], count: count, to: topic, for: connection)
                    (start, count) = (at + size, 0)
                }
                if let known {
                    answer(id, known, for: connection)
                } else if let refusal {
                    pending(of: connection).refuse(refusal, count: 1)
                } else {
                    if hasID {
                        var id = id
                        id.offset = next
                        ids.insert(id)
                        newIDs.append(id)
                    }
                    next += 1
                    count += 1
                }
                at += size
            }
        }
        accept(records[start..<at], count: count, to: topic, for: connection)
    }

    private func accept(
        _ records: Slice<UnsafeRawBufferPointer>, count: Int, to topic: Topic, for connection: Connection
    ) {
        guard count > 0 else { return }
        accept(UnsafeRawBufferPointer(rebasing: records), count: count, to: topic, for: connection)
    }

    /// Hashes the ids of the next records first, so that what the index has to look at can be looked at all at once;
    /// of no more than leave that in the nearest cache until it is needed.
    private func identify(_ records: UnsafeRawBufferPointer) {
        identified.removeAll(keepingCapacity: true)
        var at = 0
        while at < records.count, identified.count < Self.identifiedAtOnce {
            let rest = UnsafeRawBufferPointer(rebasing: records[at...])
            guard let size = Record.size(at: rest), let fields = Record.fields(of: rest) else {
                preconditionFailure("a record that this process wrote is malformed")
            }
            let id = identify(fields)
            identified.append((id ?? MessageID(hash: 0, offset: 0, sum: 0, time: 0), size, id != nil))
            at += size
        }
    }

    /// Answers a publish whose id is known.
    private func answer(_ id: MessageID, _ known: MessageID, for connection: Connection) {
        if known.sum == id.sum {
            reply(.duplicate(known.offset), to: connection)
        } else {
            pending(of: connection).refuse(Self.idConflict(known.offset), count: 1)
        }
    }

    static func idConflict(_ offset: UInt64) -> Refusal {
        Refusal("id-conflict", "id: it was accepted with another body at offset \(offset)")
    }

    /// What a topic would remember of a message, or nothing when the message has no id.
    func identify(_ fields: Record.Fields) -> MessageID? {
        guard !fields.id.isEmpty else { return nil }
        return MessageID(
            hash: IDHash.hash(fields.id, seal: seal), offset: 0, sum: MessageID.sum(of: fields.body), time: now.wall)
    }

    /// What a topic knows of an id.
    func acquaintance(_ id: MessageID, in topic: Topic) throws(StoreError) -> Acquaintance {
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
        topic.ids?.insert(id)
        topic.newIDs.append(id)
    }

    /// The ids that a topic remembers now.
    private func prepareIDs(of topic: Topic) throws(StoreError) -> IDIndex {
        let ids: IDIndex
        if let known = topic.ids {
            ids = known
        } else {
            ids = try loadIDs(of: topic)
            topic.ids = ids
        }
        topic.idsAsked = now.steady
        let window = topic.row.settings.dedupWindow
        ids.removeFirst { $0.time + window <= now.wall }
        // Now and then the rows of those that are forgotten are swept.
        let first = ids.oldest?.offset ?? topic.row.next
        if first >= topic.firstStoredID + Self.forgottenAtOnce {
            topic.firstStoredID = first
            operations.append(.forgetIDs(topic: topic.id, below: first))
        }
        return ids
    }

    /// Builds the index of a topic from what the store remembers, when it is first asked: a start shall not wait for
    /// it, and topics whose publishers give no ids need none.
    private func loadIDs(of topic: Topic) throws(StoreError) -> IDIndex {
        let ids = IDIndex(limit: configuration.dedupIDs)
        let window = topic.row.settings.dedupWindow
        try store.ids(topic: topic.id) { id in
            guard id.offset >= topic.row.firstID, id.time + window > now.wall else { return }
            // An id whose window had ended may have been accepted again.
            if ids.find(id.hash) == nil { ids.insert(id) }
        }
        return ids
    }

    /// Forgets the ids of messages that were purged: whoever purges wants to be able to send them anew.
    func forgetIDs(of topic: Topic, below first: UInt64) {
        guard first > topic.row.firstID else { return }
        topic.row.firstID = first
        topic.firstStoredID = max(topic.firstStoredID, first)
        topic.ids?.removeFirst { $0.offset < first }
        operations.append(.putTopic(topic.row))
        operations.append(.forgetIDs(topic: topic.id, below: first))
    }
}
