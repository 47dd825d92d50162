// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What waits behind the message that holds a key.
struct KeyLine {
    /// The key.
    var key: UInt64
    /// What was read behind the holder.
    var waiting = OffsetQueue()
    /// What waits although it is not newer than what was read, in descending order: it was redriven, or came back from
    /// an earlier run.
    var early: [UInt64] = []
    /// Since when others have been seen to wait; 0 when they have not.
    var since: UInt64 = 0
    /// Whether that was told.
    var isTold = false

    init(_ key: UInt64) {
        self.key = key
    }

    var isEmpty: Bool { waiting.isEmpty && early.isEmpty }

    /// Bytes that it takes beside itself.
    var memory: Int { waiting.memory + early.capacity * 8 }

    /// Adds a message that is not newer than all others.
    mutating func insert(early offset: UInt64) {
        early.append(offset)
        early.sort(by: >)
    }

    /// Takes the oldest message out.
    mutating func popFirst() -> UInt64? {
        if let first = early.last, first < waiting.first ?? .max {
            early.removeLast()
            return first
        }
        return waiting.popFirst()
    }
}
