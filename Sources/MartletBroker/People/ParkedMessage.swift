// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
package import MartletStore

/// What `PARKED` says of a message that waits for a person.
package struct ParkedMessage: Equatable, Sendable {
    /// Its offset.
    package var offset: UInt64
    /// When it became visible, in Unix milliseconds.
    package var time: UInt64
    /// Its id, or empty.
    package var id: [UInt8]
    /// Its key, or empty.
    package var key: [UInt8]
    /// Its process, or empty.
    package var process: [UInt8]
    /// Since when it waits, in Unix milliseconds.
    package var since: UInt64
    /// The code of the error, or what the handler said.
    package var code: String
    /// What the handler said.
    package var note: String
    /// The consumer that parked it.
    package var consumer: String
    /// Deliveries so far.
    package var deliveries: UInt64
    /// Failures so far.
    package var failures: UInt64
    /// The last attempts.
    package var attempts: [Attempt]

    init(_ row: Deferred, _ fields: MessageFields, time: UInt64) {
        offset = row.offset
        self.time = time
        (id, key, process) = (Array(fields.id), Array(fields.key), Array(fields.process))
        let last = row.attempts.last
        since = last?.time ?? 0
        code = last?.code ?? ""
        note = row.note
        consumer = last?.consumer ?? ""
        (deliveries, failures, attempts) = (row.deliveries, row.failures, row.attempts)
    }
}

extension ParkedMessage: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("attempts")
            writer.list { writer in for attempt in attempts { attempt.write(to: &writer) } }
            writer.member("code", code)
            writer.member("consumer", consumer)
            writer.member("deliveries", deliveries)
            writer.member("failures", failures)
            if !id.isEmpty { writer.member("id", id) }
            if !key.isEmpty { writer.member("key", key) }
            writer.member("note", note)
            writer.member("offset", offset)
            if !process.isEmpty { writer.member("process", process) }
            writer.member("since", since)
            writer.member("time", time)
        }
    }
}

extension Attempt: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("time", time)
            writer.member("consumer", consumer)
            writer.member("outcome", outcome.rawValue)
            writer.member("code", code)
            writer.member("ms", duration)
        }
    }
}
