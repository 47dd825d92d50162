// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// The flow of a process: which message caused which, and what became of each.
package struct ProcessTree: Equatable, Sendable {
    /// A message of the process.
    package struct Node: Equatable, Sendable {
        /// The topic's name.
        package var topic: String
        /// Its offset.
        package var offset: UInt64
        /// Its id, or empty.
        package var id: [UInt8]
        /// What caused it, as it says, or empty.
        package var cause: [UInt8]
        /// When it became visible, in Unix milliseconds.
        package var time: UInt64
        /// The verdict of each subscription of its topic, in the order of their names.
        package var verdicts: [(subscription: String, verdict: Verdict)]
        /// What it caused.
        package var children: [Node] = []
        /// Whether its cause is not known, or not kept.
        package var isGap = false

        package static func == (left: Node, right: Node) -> Bool {
            (left.topic, left.offset, left.isGap, left.children) == (
                right.topic, right.offset, right.isGap, right.children
            )
        }
    }

    /// The process.
    package var process: [UInt8]
    /// Messages that nothing caused, or whose cause is not known, the earliest first.
    package var roots: [Node]
    /// Whether there are more messages than are told.
    package var hasMore: Bool
}

extension ProcessTree: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("messages")
            writer.list { writer in for node in roots { node.write(to: &writer) } }
            writer.member("more", hasMore)
            writer.member("process", process)
        }
    }
}

extension ProcessTree.Node: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if !cause.isEmpty { writer.member("cause", cause) }
            writer.name("children")
            writer.list { writer in for child in children { child.write(to: &writer) } }
            if isGap { writer.member("gap", true) }
            if !id.isEmpty { writer.member("id", id) }
            writer.member("offset", offset)
            writer.member("time", time)
            writer.member("topic", topic)
            writer.name("verdicts")
            writer.object { writer in
                for (subscription, verdict) in verdicts {
                    writer.name(subscription)
                    writer.string(verdict.rawValue)
                }
            }
        }
    }
}
