// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Frames of one direction that wait, in the order in which they came.
struct Gate {
    private struct Entry {
        var id: Int
        var bytes: [UInt8]
        var isMessage: Bool
        /// Whether its delay is over.
        var isDue: Bool
    }

    private var entries: [Entry] = []
    private var nextID = 1

    /// Frames that wait.
    var count: Int { entries.count }

    /// Whether a frame that comes now would overtake one that it must not overtake.
    func blocks(isMessage: Bool) -> Bool { entries.contains { $0.isMessage == isMessage } }

    /// Lets a frame wait.
    ///
    /// - Returns: the number by which `due` knows it.
    mutating func add(_ bytes: [UInt8], isMessage: Bool, isDue: Bool) -> Int {
        defer { nextID += 1 }
        entries.append(Entry(id: nextID, bytes: bytes, isMessage: isMessage, isDue: isDue))
        return nextID
    }

    /// The delay of a frame is over, and so is that of all before it; nil stands for all.
    mutating func due(_ id: Int?) {
        for index in entries.indices where entries[index].id <= id ?? .max { entries[index].isDue = true }
    }

    /// Takes the frames that need not wait any more.
    mutating func drain(isHeld: (_ isMessage: Bool) -> Bool) -> [[UInt8]] {
        var passed: [[UInt8]] = []
        var kept: [Entry] = []
        for entry in entries {
            let isBehind = kept.contains { $0.isMessage == entry.isMessage }
            if isBehind || !entry.isDue || isHeld(entry.isMessage) {
                kept.append(entry)
            } else {
                passed.append(entry.bytes)
            }
        }
        entries = kept
        return passed
    }

    /// Forgets all.
    mutating func clear() { entries = [] }
}
