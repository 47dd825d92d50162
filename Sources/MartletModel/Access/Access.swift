// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What one user may do; whatever is not given is not allowed.
///
/// It does not change: a user whose rights change gets another one, and new connections.
package final class Access: Sendable {
    /// Everything: what each connection has while there are no users.
    package static let all = Access(user: "", isAll: true, rules: [:])

    /// The user's name; empty while there are no users.
    package let user: String
    /// Whether the user may do everything.
    package let isAll: Bool
    private let rules: [Right: Set<NamePattern>]

    private init(user: String, isAll: Bool, rules: [Right: Set<NamePattern>]) {
        self.user = user
        self.isAll = isAll
        self.rules = rules
    }

    /// The rights of a user who may do some things.
    package convenience init(
        user: String, publish: [NamePattern] = [], consume: [NamePattern] = [], manage: [NamePattern] = []
    ) {
        self.init(
            user: user, isAll: false,
            rules: [.publish: Set(publish), .consume: Set(consume), .manage: Set(manage)])
    }

    /// The rights of a user who may do everything.
    package static func admin(user: String) -> Access {
        Access(user: user, isAll: true, rules: [:])
    }

    /// Whether the user has a right on a topic, or on a space of records, whether that exists or not.
    ///
    /// Dead letters follow the topic from which they come.
    package func allows(_ right: Right, _ name: String) -> Bool {
        if isAll { return true }
        guard let patterns = rules[right] else { return false }
        if name.hasPrefix(Name.deadLetters) {
            guard let topic = Name.topic(ofDeadLetters: name) else { return false }
            return patterns.contains { $0.matches(topic) }
        }
        return patterns.contains { $0.matches(name) }
    }

    /// Why the user may not do something; nil when that is allowed.
    ///
    /// The answer is the same whether what is meant exists or not.
    package func refusal(of command: Command) -> Refusal? {
        if isAll { return nil }
        for need in command.needs where !allows(need.right, need.name) { return .denied(need) }
        return nil
    }

    /// Why the user may not publish to a topic; nil when that is allowed.
    package func refusal(ofPublishTo topic: String) -> Refusal? {
        allows(.publish, topic) ? nil : .denied(Need(.publish, topic: topic))
    }
}

extension Access: Equatable {
    package static func == (left: Access, right: Access) -> Bool {
        (left.user, left.isAll, left.rules) == (right.user, right.isAll, right.rules)
    }
}
