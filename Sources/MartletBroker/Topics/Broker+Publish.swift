// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Publishes.
extension Broker {
    /// What a commit writes at least for each topic that it adds to.
    private static let pageBytes = 4_096

    /// The topic of that name, made when that is allowed.
    func topicToPublish(_ name: String) -> Topic? {
        if let topic = topics[name] { return topic }
        guard configuration.autoCreateTopics, !isFull else { return nil }
        return makeTopic(name, configuration.settings(forTopic: name))
    }

    /// Appends records that lie one after another; false when the ids of the topic have to be read first.
    func publish(
        _ run: CommandBatch.Run, of batch: CommandBatch, to topic: Topic, for connection: Connection
    ) throws(StoreError) -> Bool {
        let records = batch.messages(of: run)
        if run.hasIDs {
            guard try hasIDs(topic) else { return false }
            if topic.row.settings.dedupWindow > 0 {
                precondition(batch.idKey == idKey, "ids were hashed with another store's idKey")
                try publishIdentified(records, batch.marks(of: run), run.hasProcesses, to: topic, for: connection)
                return true
            }
        }
        if try refusal(in: topic, for: run.count, bytes: records.count) == nil {
            try accept(records, count: run.count, run.hasProcesses, to: topic, for: connection)
        } else {
            try publishOneByOne(records, run.hasProcesses, to: topic, for: connection)
        }
        return true
    }

    /// Appends records for which there is room, and says so.
    func accept(
        _ records: UnsafeRawBufferPointer, count: Int, _ hasProcesses: Bool, to topic: Topic, for connection: Connection
    ) throws(StoreError) {
        if hasProcesses { try noteProcesses(records, to: topic) }
        if !topic.subscriptions.isEmpty, topic.subscriptions.allSatisfy(\.lane.filters) {
            return acceptFiltered(records, to: topic, for: connection)
        }
        let first = append(records, count: count, to: topic)
        let unseen = topic.subscriptions.isEmpty
        reply(published(first, count: count, unseen: unseen, topic, connection), to: connection)
        guard unseen else { return }
        counts.unseen += UInt64(count)
        announceUnseen(topic, first: first)
    }

    /// The reply to publishes; whether they are seen is told to those who may see it themselves.
    func published(
        _ first: UInt64, count: Int, unseen: Bool, _ topic: Topic, _ connection: Connection
    ) -> Outbox.Item {
        .published(first: first, count: count, unseen: unseen && connection.access.allows(.consume, topic.name))
    }

    /// Appends records one by one, since only some of them may be seen by a subscription.
    private func acceptFiltered(_ records: UnsafeRawBufferPointer, to topic: Topic, for connection: Connection) {
        var rest = records
        while let size = StoredMessage.size(at: rest) {
            let record = UnsafeRawBufferPointer(rebasing: rest[..<size])
            let unseen = StoredMessage.fields(of: record).map { isUnseen($0, in: topic) } ?? false
            let offset = append(record, count: 1, to: topic)
            reply(published(offset, count: 1, unseen: unseen, topic, connection), to: connection)
            if unseen {
                counts.unseen += 1
                announceUnseen(topic, first: offset)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
    }

    /// Whether no subscription will see a message.
    func isUnseen(_ fields: MessageFields, in topic: Topic) -> Bool {
        !topic.subscriptions.contains { $0.row.settings.filter.passes(fields) }
    }

    /// Takes as many of a run as there is room for.
    private func publishOneByOne(
        _ records: UnsafeRawBufferPointer, _ hasProcesses: Bool, to topic: Topic, for connection: Connection
    ) throws(StoreError) {
        var rest = records
        while let size = StoredMessage.size(at: rest) {
            if let refusal = try refusal(in: topic, for: 1, bytes: size) {
                refusePublishes(refusal, count: 1, for: connection)
            } else {
                let record = UnsafeRawBufferPointer(rebasing: rest[..<size])
                try accept(record, count: 1, hasProcesses, to: topic, for: connection)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
    }

    /// Why that many messages more cannot be taken; nil when they can.
    func refusal(in topic: Topic, for count: Int, bytes: Int) throws(StoreError) -> Refusal? {
        if store.room < taken + bytes { return full(topic) }
        guard topic.row.settings.hasLimits else { return nil }
        let row = topic.row
        // What this step has appended counts too.
        let total = (topic.appending?.totalSoFar ?? row.total) + UInt64(bytes)
        let next = row.next + UInt64(count)
        guard row.settings.isOver(messages: next - row.first, bytes: total - row.trimmed),
            let first = unsettledFirst(of: topic)
        else { return nil }
        // What is settled goes; only the rest uses up the limits.
        let settled = first == row.first ? row.trimmed : try store.total(topic: topic.id, before: first)
        return refusal(
            in: row.name, row.settings, messages: unsettledCount(of: topic) + UInt64(count),
            bytes: total - min(max(settled, row.trimmed), total))
    }

    /// Messages that a durable subscription has not settled: as many as the one has that is the farthest behind.
    private func unsettledCount(of topic: Topic) -> UInt64 {
        let durable = topic.subscriptions.lazy.filter { !$0.row.settings.ephemeral }
        return durable.map(\.backlog).max() ?? topic.row.next - topic.row.first
    }

    /// The first message that the limits of a topic may not drop; nil when they may drop them all.
    func unsettledFirst(of topic: Topic) -> UInt64? {
        let settings = topic.row.settings
        guard !topic.isBrokers else { return nil }
        if settings.retention == .limits, settings.unsettled == .drop { return nil }
        let floors = topic.subscriptions.lazy.filter { !$0.row.settings.ephemeral }.map(\.floor)
        // A subscription may begin at a message that is yet to come.
        if let floor = floors.min() { return min(max(topic.row.first, floor + 1), topic.row.next) }
        return settings.retention == .work ? topic.row.first : nil
    }

    /// Why a topic of these settings, which may not exist yet, cannot hold that much that is unsettled.
    func refusal(in name: String, _ settings: TopicSettings, messages: UInt64, bytes: UInt64) -> Refusal? {
        if isFull { return full() }
        guard settings.isOver(messages: messages, bytes: bytes) else { return nil }
        if messages == 1, bytes > settings.maxBytes, settings.maxBytes > 0 {
            return Refusal(
                .full,
                "length: the message takes \(bytes) bytes, and topic '\(name)' keeps at most \(settings.maxBytes) "
                    + "(max-bytes) of what is not settled")
        }
        let limit =
            settings.maxMessages > 0 && messages > settings.maxMessages
            ? "\(settings.maxMessages) unsettled messages (max-messages)"
            : "\(settings.maxBytes) bytes from the oldest unsettled message on (max-bytes)"
        return Refusal(.full, "topic: '\(name)' holds \(limit); settle them or PURGE it, then try again")
    }

    /// Appends records to what this step adds to a topic, and gives the offset of the first.
    @discardableResult
    func append(_ records: UnsafeRawBufferPointer, count: Int, to topic: Topic) -> UInt64 {
        let segment: Segment
        if let open = topic.appending {
            segment = open
        } else {
            segment = Segment(
                topic: topic.id, base: topic.row.next, total: topic.row.total,
                packLimit: store.packLimit(topic: topic.id),
                capacity: max(records.count + 512, topic.lastSize))
            topic.appending = segment
            taken += Self.pageBytes
            appending.append(topic)
        }
        let first = topic.row.next
        topic.row.lastTime = stamp(of: topic)
        topic.lastAppend = now.steady
        segment.append(messages: records, time: topic.row.lastTime)
        taken += records.count
        topic.row.next += UInt64(count)
        return first
    }

    /// Appends one message that the broker itself writes, and gives its offset.
    @discardableResult
    func append(_ fields: MessageFields, to topic: Topic) -> UInt64 {
        var slab = ByteSlab(capacity: fields.body.count + fields.headers.count + 256)
        StoredMessage.append(fields, to: &slab)
        produced += slab.count
        return append(slab.bytes, count: 1, to: topic)
    }
}
