// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The topics that one read publishes to.
///
/// A name that comes again is given the place that it has, so that the broker looks it up once. That is looked for
/// among the first names only and in a few steps, whatever a client chooses: where it is not found it gets another
/// place, which means the same.
struct TopicNames {
    private static let slots = 256
    private static let mostSteps = 8

    /// The names by their places.
    private(set) var names: [String] = []
    private var bytes: [UInt8] = []
    /// Where the bytes of a name end, and its hash, which anyone can foresee: few steps bound what that is good for.
    private var entries: [(end: Int, hash: UInt64)] = []
    /// Places, each one more than it is, where 0 is a free slot; empty until there were two names.
    private var table: [UInt16] = []

    /// Whether a place is that of a name.
    func has(_ name: UnsafeRawBufferPointer, at place: Int) -> Bool {
        let start = place == 0 ? 0 : entries[place - 1].end
        guard entries[place].end - start == name.count else { return false }
        return bytes.withUnsafeBytes { known in
            guard let known = known.baseAddress, let name = name.baseAddress else { return true }
            // SAFETY: both have as many bytes as are compared.
            return memcmp(known + start, name, entries[place].end - start) == 0
        }
    }

    /// The place of a name, which is added unless it is found.
    mutating func place(of name: UnsafeRawBufferPointer) -> Int {
        guard !names.isEmpty else { return add(name, hash: IDHash.hash(name, idKey: 0)) }
        if names.count == 1 {
            if has(name, at: 0) { return 0 }
            if table.isEmpty { table = Array(repeating: 0, count: Self.slots) }
            table[Int(truncatingIfNeeded: entries[0].hash) & (Self.slots - 1)] = 1
        }
        let hash = IDHash.hash(name, idKey: 0)
        for step in 0..<Self.mostSteps {
            let slot = (Int(truncatingIfNeeded: hash) &+ step) & (Self.slots - 1)
            guard table[slot] > 0 else {
                let place = add(name, hash: hash)
                table[slot] = UInt16(exactly: place + 1) ?? 0
                return place
            }
            let place = Int(table[slot]) - 1
            if entries[place].hash == hash, has(name, at: place) { return place }
        }
        return add(name, hash: hash)
    }

    /// Forgets the names; the memory is kept.
    mutating func removeAll() {
        if names.count > 1 {
            for slot in table.indices { table[slot] = 0 }
        }
        names.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        bytes.append(contentsOf: name)
        entries.append((bytes.count, hash))
        names.append(String(decoding: name, as: UTF8.self))
        return names.count - 1
    }
}
