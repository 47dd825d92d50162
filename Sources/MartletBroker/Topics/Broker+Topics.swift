// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Topics are made, removed and purged.
extension Broker {
    func makeTopic(_ name: String, _ settings: TopicSettings) -> Topic {
        let id = name.hasPrefix("$") ? nextTopicID : TopicID.ordinary + nextTopicID
        let topic = Topic(StoredTopic(id: id, name: name, settings: settings), now: now.steady)
        nextTopicID += 1
        topics[name] = topic
        topicOrder.insert(topic, name)
        topicsByID[id] = topic
        operations.append(.putTopic(topic.row))
        armRetention(topic)
        return topic
    }

    func topic(_ name: String) throws(Refusal) -> Topic {
        guard let topic = topics[name] else { throw .unknownTopic(name) }
        return topic
    }

    func createTopic(_ name: String, _ options: TopicOptions, for connection: Connection) throws(Refusal) {
        guard topics[name] == nil else { throw Refusal(.exists, "name: topic '\(name)' exists") }
        guard !isFull else { throw full() }
        let settings = configuration.settings(forTopic: name, options)
        guard settings.unsettled == .keep || settings.retention == .limits else {
            throw Refusal(.badOption, "unsettled: drop goes with retention=limits only")
        }
        _ = makeTopic(name, settings)
        reply(.ok, to: connection)
    }

    func deleteTopic(_ name: String, for connection: Connection) throws(Refusal) {
        let topic = try topic(name)
        for subscription in topic.subscriptions { remove(subscription, reason: "deleted") }
        if let taken = topic.taken {
            taken.isGone = true
            operations.append(.removeSubscription(id: taken.id, position: taken.row.position))
        }
        topics[name] = nil
        topicOrder.remove(name)
        topicsByID[topic.id] = nil
        topic.newExpiries = []
        topic.newProcesses = []
        topic.isGone = true
        topic.recent.removeAll()
        topic.ids = nil
        topic.newIDs = []
        if topic.appending != nil {
            topic.appending = nil
            appending.removeAll { $0 === topic }
        }
        operations.append(.removeTopic(id: topic.id))
        note(.topicDeleted(topic: name, client: connection.client))
        reply(.ok, to: connection)
    }

    /// Removes messages, once it has been looked through what filters do not pass: that is not lost.
    ///
    /// - Returns: how far it has come when a step has no room for all, else nil.
    func purge(_ progress: PurgeProgress, for connection: Connection) throws -> PurgeProgress? {
        var progress = progress
        let topic = try topic(progress.topic)
        let end = topic.appending?.base ?? topic.row.next
        // What this very step appends has no place in the log yet; it stays.
        let first = min(progress.first ?? progress.before ?? end, end)
        progress.first = first
        guard try look(through: topic, below: first, &progress.look) else { return progress }
        try drop(topic, below: first, as: .purged, by: connection.client)
        forgetIDs(of: topic, below: first)
        if progress.before == nil { cancelAll(of: topic) }
        reply(.ok, to: connection)
        return nil
    }
}
