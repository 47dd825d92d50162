// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

/// What `SCHEDULED` says of a message that is not visible yet.
package struct ScheduledInfo: Equatable, Sendable {
    /// Its number.
    package var number: UInt64
    /// When it becomes visible, in Unix milliseconds.
    package var due: UInt64
    /// Its id, or empty.
    package var id: [UInt8] = []
    /// Its key, or empty.
    package var key: [UInt8] = []
    /// Its process, or empty.
    package var process: [UInt8] = []
    /// Its cause, or empty.
    package var cause: [UInt8] = []
    /// Bytes of its body.
    package var bytes = 0

    init(_ message: ScheduledMessage, due: UInt64) {
        number = message.number
        self.due = due
        message.record.withUnsafeBytes { record in
            guard let fields = StoredMessage.fields(of: record) else { return }
            (id, key) = (Array(fields.id), Array(fields.key))
            (process, cause) = (Array(fields.process), Array(fields.cause))
            bytes = fields.body.count
        }
    }
}

extension ScheduledInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("bytes", bytes)
            if !cause.isEmpty { writer.member("cause", cause) }
            writer.member("due", due)
            if !id.isEmpty { writer.member("id", id) }
            if !key.isEmpty { writer.member("key", key) }
            writer.member("number", number)
            if !process.isEmpty { writer.member("process", process) }
        }
    }
}
