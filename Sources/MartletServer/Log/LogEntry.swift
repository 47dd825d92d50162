// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging

/// A line for the log, before it is decided whether it is written.
struct LogEntry: Sendable {
    /// What lines are about; of each such thing only so many are written.
    struct Subject: Hashable, Sendable {
        /// What kind of event it is.
        var kind: String
        /// The topic that it is about, or empty.
        var topic = ""
        /// The subscription that it is about, or empty.
        var subscription = ""
        /// The address that it is about, or empty.
        var address = ""
    }

    /// What it is about.
    var subject: Subject
    /// How bad it is.
    var level: Logger.Level
    /// What happened, and what to do about it.
    var message: String
    /// Names and numbers.
    var metadata: Logger.Metadata
    /// Events that it stands for.
    var count = 1

    init(
        _ level: Logger.Level, _ kind: String, topic: String = "", subscription: String = "", address: String = "",
        _ message: String, _ metadata: [String: String] = [:]
    ) {
        self.level = level
        self.message = message
        subject = Subject(kind: kind, topic: topic, subscription: subscription, address: address)
        self.metadata = metadata.mapValues { .string($0) }
        if !topic.isEmpty { self.metadata["topic"] = .string(topic) }
        if !address.isEmpty { self.metadata["address"] = .string(address) }
        if !subscription.isEmpty { self.metadata["subscription"] = .string(subscription) }
    }
}
