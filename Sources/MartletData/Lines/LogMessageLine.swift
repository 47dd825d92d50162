// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message.
struct LogMessageLine: RecordLine {
    static let type = "message"

    struct Head: Codable {
        var type = LogMessageLine.type
        var topic: String
        var offset: UInt64
        var time: UInt64
        /// Bytes of the topic's records before this one; said where the message before is not in the export.
        var bytesBefore: UInt64?
    }

    var head: Head
    var record: LineRecord
}
