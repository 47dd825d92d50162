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

    /// Appends records some of which have ids; each run of new ones at once.
    func publishIdentified(
        _ records: UnsafeRawBufferPointer, to topic: Topic, for connection: Connection
    ) throws(StoreError) {
        var start = 0
        var at = 0
        var count = 0
        func flush(_ broker: Broker) {
            guard count > 0 else { return }
            let run = UnsafeRawBufferPointer(rebasing: records[start..<at])
            broker.accept(run, count: count, to: topic, for: connection)
            count = 0
        }
        while at < records.count {
            let rest = UnsafeRawBufferPointer(rebasing: records[at...])
            guard let size = Record.size(at: rest), let fields = Record.fields(of: rest) else {
                preconditionFailure("a record that this process wrote is malformed")
            }
            let id = identify(fields)
            let known: Acquaintance = if let id { try acquaintance(id, in: topic) } else { .unknown }
            if count == 0 { start = at }
            switch known {
            case .accepted(let offset):
                flush(self)
                reply(.duplicate(offset), to: connection)
            case .conflict(let offset):
                flush(self)
                pending(of: connection).refuse(Self.idConflict(offset), count: 1)
            case .unknown:
                if let refusal = refusal(in: topic, for: count + 1, bytes: at - start + size) {
                    flush(self)
                    pending(of: connection).refuse(refusal, count: 1)
                } else {
                    if let id { remember(id, offset: topic.row.next + UInt64(count), in: topic) }
                    count += 1
                }
            }
            at += size
        }
        flush(self)
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
        guard topic.row.settings.dedupWindow > 0 else { return .unknown }
        try loadIDs(of: topic)
        forgetOldIDs(of: topic)
        guard let known = topic.ids?.find(id.hash) else { return .unknown }
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

    /// Builds the index of a topic from what the store remembers, when it is first asked: a start shall not wait for
    /// it, and topics whose publishers give no ids need none.
    private func loadIDs(of topic: Topic) throws(StoreError) {
        guard topic.ids == nil else { return }
        var index = IDIndex(limit: configuration.dedupIDs)
        let window = topic.row.settings.dedupWindow
        try store.ids(topic: topic.id) { id in
            guard id.offset >= topic.row.firstID, id.time + window > now.wall else { return }
            // An id whose window had ended may have been accepted again.
            if index.find(id.hash) == nil { index.insert(id) }
        }
        topic.ids = index
    }

    /// Forgets the ids whose window has ended, and now and then sweeps the rows of those that are forgotten.
    private func forgetOldIDs(of topic: Topic) {
        let window = topic.row.settings.dedupWindow
        topic.ids?.removeFirst { $0.time + window <= now.wall }
        let first = topic.ids?.oldest?.offset ?? topic.row.next
        guard first >= topic.firstStoredID + Self.forgottenAtOnce else { return }
        topic.firstStoredID = first
        operations.append(.forgetIDs(topic: topic.id, below: first))
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
