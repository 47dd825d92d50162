// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

// Topics and what lies in them.
extension Administration {
    /// All topics, those of the broker included, in the order of their names.
    public func topics() async throws -> [TopicStatus] {
        try await list(.info(.topics))
    }

    /// One topic.
    public func topic(_ topic: String) async throws -> TopicStatus {
        try Check.readableName(topic, "topic")
        return try await ask(.info(.topic(topic)))
    }

    /// Makes a topic.
    ///
    /// - Throws: as all do; `refused` with `exists` when there is one of that name.
    public func createTopic(_ topic: String, _ rules: TopicRules = TopicRules()) async throws {
        try Check.name(topic, "topic")
        try await change(.createTopic(name: topic, options: rules.options))
    }

    /// Changes how messages of a topic are kept; what is nil in the rules stays as it is.
    ///
    /// - Throws: as all do; `refused` with `conflict` for the kind of retention, which cannot be changed.
    public func alterTopic(_ topic: String, _ rules: TopicRules) async throws {
        try Check.name(topic, "topic")
        try await change(.alterTopic(name: topic, options: rules.options))
    }

    /// Removes a topic with all its messages and subscriptions; its consumers are told.
    public func deleteTopic(_ topic: String) async throws {
        try Check.readableName(topic, "topic")
        try await change(.deleteTopic(name: topic))
    }

    /// Drops the messages of a topic; for subscriptions that had not settled them they are lost to retention.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - offset: The first offset that stays; without it all go, and what is scheduled is cancelled.
    public func purge(_ topic: String, before offset: UInt64? = nil) async throws {
        try Check.readableName(topic, "topic")
        try await change(.purge(topic: topic, before: offset))
    }

    /// Looks at messages without consuming them.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - offset: Where to begin.
    ///   - limit: How many at most, 1 to 1,000; the answer may hold fewer when they are large.
    public func peek(_ topic: String, from offset: UInt64 = 1, limit: Int = 1) async throws -> [KeptMessage] {
        try Check.readableName(topic, "topic")
        try Self.check(limit: limit, atMost: Limits.peek)
        return try await list(.peek(topic: topic, offset: offset, limit: limit))
    }

    // MARK: - What is not visible yet

    /// The messages of a topic whose time has not come, the next one first.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - limit: How many at most, 1 to 1,000.
    ///   - place: The place of the last one of the list before, to go on from there.
    public func scheduled(
        _ topic: String, limit: Int = 100, after place: ScheduledEntry.Place? = nil
    ) async throws -> [ScheduledEntry] {
        try Check.name(topic, "topic")
        try Self.check(limit: limit, atMost: Limits.listed)
        return try await list(
            .scheduled(
                topic: topic, limit: limit, afterTime: place?.due ?? 0, afterNumber: place?.number ?? 0))
    }

    /// Takes back a message whose time has not come; its id may be used again.
    ///
    /// - Throws: as all do; `refused` with `unknown-message` when no message of that id waits for its time.
    public func cancel(_ topic: String, id: String) async throws {
        try await change(MessageCommand.cancel(topic, id))
    }

    /// Sets another time for a message whose time has not come.
    ///
    /// - Returns: when it becomes visible, in Unix milliseconds; nil when it is visible now.
    /// - Throws: as `cancel` does.
    @discardableResult
    public func reschedule(_ topic: String, id: String, to time: PublishTime) async throws -> UInt64? {
        try await change(MessageCommand.reschedule(topic, id, to: time)).options["due"].flatMap { UInt64($0) }
    }
}
