// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Which messages of a topic belong to a process, whose name is hashed with the `idKey`.
struct ProcessesLine: Codable {
    struct MarkLine: Codable {
        var offset: UInt64
        var hash: UInt64
    }

    static let type = "processes"
    var type = ProcessesLine.type
    var topic: String
    var marks: [MarkLine]

    init(_ topic: String, _ marks: [ProcessMark]) {
        self.topic = topic
        self.marks = marks.map { MarkLine(offset: $0.offset, hash: $0.hash) }
    }

    func operation(topic: UInt64) -> StoreOperation {
        .markProcesses(topic: topic, marks.map { ProcessMark(offset: $0.offset, hash: $0.hash) })
    }
}
