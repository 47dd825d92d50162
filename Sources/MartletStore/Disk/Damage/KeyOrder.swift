// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// Keys that a walk over a table has passed: each is greater than the one before it, or the table is damaged.
///
/// A damaged tree can lead in circles, or to one page by two ways; a walk that asks here ends all the same.
struct KeyOrder {
    private var last: [UInt8] = []

    /// Notes the next entry.
    ///
    /// - Throws: `damaged` when its key is not greater than the one before.
    mutating func pass(_ entry: Entry?) throws(StoreError) -> Entry? {
        guard let entry else { return nil }
        guard last.lexicographicallyPrecedes(entry.key) else { throw Self.broken }
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: entry.key)
        return entry
    }

    /// What a walk ends with that does not advance.
    static var broken: StoreError {
        StoreError(.damaged, "the keys of a table are out of order: the data file is damaged")
    }
}

extension Entry {
    /// The two numbers that a key begins with.
    ///
    /// - Throws: `damaged` when it is too short for them, or when the second one is larger than any number given out.
    func place() throws(StoreError) -> (owner: UInt64, number: UInt64) {
        guard key.count >= 16 else { throw damagedKey }
        let number = key.keyNumber(at: 8)
        guard number <= 1 << 62 else { throw damagedKey }
        return (key.keyNumber(), number)
    }

    /// The number that a key begins with.
    ///
    /// - Throws: `damaged` when it is too short for it.
    func owner() throws(StoreError) -> UInt64 {
        guard key.count >= 8 else { throw damagedKey }
        return key.keyNumber()
    }

    private var damagedKey: StoreError {
        StoreError(.damaged, "a key of \(key.count) bytes stands where none can: the data file is damaged")
    }
}
