// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A redriven message that has left the log.
struct CopyLine: RecordLine {
    static let type = "copy"

    struct Head: Codable {
        var type = CopyLine.type
        var position: UInt64
        var offset: UInt64
        var time: UInt64
    }

    var head: Head
    var record: LineRecord
}
