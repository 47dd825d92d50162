// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `INFO leases` says of a delivery that is not settled.
package struct LeaseInfo: Equatable, Sendable {
    /// The message's offset.
    package var offset: UInt64
    /// The consumer that holds it.
    package var consumer: String
    /// Since when, in Unix milliseconds.
    package var since: UInt64
    /// Until when, in Unix milliseconds.
    package var until: UInt64
    /// Deliveries so far, this one included.
    package var attempt: UInt64
    /// Failures so far.
    package var failures: UInt64
    /// Percent done, if the handler said so.
    package var progress: Int?
    /// What the handler is doing, if it said so.
    package var note: String?
}

extension LeaseInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("attempt", attempt)
            writer.member("consumer", consumer)
            writer.member("failures", failures)
            writer.member(ifPresent: "note", note)
            writer.member("offset", offset)
            writer.member(ifPresent: "progress", progress.map(UInt64.init))
            writer.member("since", since)
            writer.member("until", until)
        }
    }
}
