// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// The verdict about one message for one subscription, what it rests on, and what happens next (semantics 7).
package struct Explanation: Equatable, Sendable {
    /// What is so.
    package var verdict: Verdict
    /// The topic's name.
    package var topic: String
    /// The message's offset; 0 when it has none.
    package var offset: UInt64
    /// The subscription's name; nil when the message is judged without one.
    package var subscription: String?
    /// What the verdict rests on.
    package var evidence: Evidence
    /// What happens next, as a sentence.
    package var next: String
}

extension Explanation: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("evidence")
            evidence.write(to: &writer)
            writer.member("next", next)
            writer.member("offset", offset)
            if let subscription { writer.member("subscription", subscription) }
            writer.member("topic", topic)
            writer.member("verdict", verdict.rawValue)
        }
    }
}
