// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A right that a command needs, and on what.
package struct Need: Hashable, Sendable {
    /// What the right is on.
    package enum Kind: String, Sendable {
        /// A topic.
        case topic
        /// A space of records, whose rights are given by its name as if it were a topic.
        case space
    }

    /// The right.
    package let right: Right
    /// What the right is on.
    package let kind: Kind
    /// The name of that.
    package let name: String

    /// Makes the need of a right on a topic.
    package init(_ right: Right, topic name: String) {
        (self.right, kind, self.name) = (right, .topic, name)
    }

    /// Makes the need of a right on a space of records.
    package init(_ right: Right, space name: String) {
        (self.right, kind, self.name) = (right, .space, name)
    }
}

extension Refusal {
    /// A right that the user does not have.
    package static func denied(_ need: Need) -> Refusal {
        Refusal(.denied, "\(need.kind.rawValue): the user has no right to \(need.right.rawValue) on '\(need.name)'")
    }
}
