// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What a verdict rests on; which fields are there follows from the verdict (protocol 6).
package struct Evidence: Equatable, Sendable {
    /// The consumer that has the message, or that parked it: `<client>/<number>`.
    package var consumer: String?
    /// Until when it is leased or deferred, or deliveries are paused, in Unix milliseconds.
    package var until: UInt64?
    /// Deliveries so far, the one included that is under way.
    package var attempt: UInt64?
    /// Percent done, as the handler says.
    package var progress: Int?
    /// What the handler, or a person, says.
    package var note: String?
    /// Why it waits or died.
    package var reason: String?
    /// Messages that come before it.
    package var ahead: UInt64?
    /// Deliveries so far.
    package var deliveries: UInt64?
    /// Failures so far.
    package var failures: UInt64?
    /// Failures with which it dies.
    package var maxFailures: Int?
    /// The code of the last error.
    package var code: String?
    /// The key that is held.
    package var key: [UInt8]?
    /// The offset of the message that holds it.
    package var heldBy: UInt64?
    /// That message's verdict.
    package var verdict: Verdict?
    /// When it ended, in Unix milliseconds.
    package var at: UInt64?
    /// The topic where its copy lies.
    package var topic: String?
    /// The offset of the copy.
    package var offset: UInt64?
    /// Since when it waits for a person, in Unix milliseconds.
    package var since: UInt64?
    /// When it becomes visible, in Unix milliseconds.
    package var due: UInt64?
    /// What a person decided.
    package var resolved: String?
    /// Whether it was purged by a client.
    package var purged: Bool?
    /// Whether it could not be read.
    package var damaged: Bool?
    /// Who ended it.
    package var by: String?

    /// Makes evidence of nothing.
    package init() {}
}

extension Evidence: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member(ifPresent: "ahead", ahead)
            writer.member(ifPresent: "at", at)
            writer.member(ifPresent: "attempt", attempt)
            if let heldBy { writer.member("by", heldBy) } else { writer.member(ifPresent: "by", by) }
            writer.member(ifPresent: "code", code)
            writer.member(ifPresent: "consumer", consumer)
            writer.member(ifPresent: "damaged", damaged)
            writer.member(ifPresent: "deliveries", deliveries)
            writer.member(ifPresent: "due", due)
            writer.member(ifPresent: "failures", failures)
            if let key { writer.member("key", key) }
            writer.member(ifPresent: "maxFailures", maxFailures.map(UInt64.init))
            writer.member(ifPresent: "note", note)
            writer.member(ifPresent: "offset", offset)
            writer.member(ifPresent: "progress", progress.map(UInt64.init))
            writer.member(ifPresent: "purged", purged)
            writer.member(ifPresent: "reason", reason)
            writer.member(ifPresent: "resolved", resolved)
            writer.member(ifPresent: "since", since)
            writer.member(ifPresent: "topic", topic)
            writer.member(ifPresent: "until", until)
            writer.member(ifPresent: "verdict", verdict?.rawValue)
        }
    }
}

extension JSONWriter {
    mutating func member(ifPresent name: StaticString, _ value: UInt64?) {
        if let value { member(name, value) }
    }

    mutating func member(ifPresent name: StaticString, _ value: String?) {
        if let value, !value.isEmpty { member(name, value) }
    }

    mutating func member(ifPresent name: StaticString, _ value: Bool?) {
        if let value { member(name, value) }
    }
}
