// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message that is not visible yet.
struct ScheduledLine: RecordLine {
    static let type = "scheduled"

    struct Head: Codable {
        var type = ScheduledLine.type
        var topic: String
        var due: UInt64
        var number: UInt64
        /// Whether the machine's clock named its time.
        var at: Bool
        var ttl: UInt64?
    }

    var head: Head
    var record: LineRecord
}
