// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The deliveries that the broker waits for, and when their leases have to be extended.
struct HeldMessages {
    /// A lease is extended when a third of it is over, so that one lost chance does no harm.
    private static let parts = 3

    /// Their tags.
    private(set) var tags: Set<UInt64> = []
    private var touched = ContinuousClock.now
    private let interval: Duration

    /// Makes an empty list for leases of so many milliseconds.
    init(lease: Int) { interval = .milliseconds(max(1, lease / Self.parts)) }

    /// Adds a delivery that came just now.
    mutating func insert(_ tag: UInt64) {
        if tags.isEmpty { touched = .now }
        tags.insert(tag)
    }

    /// Takes one out.
    ///
    /// - Returns: false when it was not here, since its lease is gone.
    mutating func remove(_ tag: UInt64) -> Bool { tags.remove(tag) != nil }

    /// Takes out those whose leases are gone.
    mutating func remove(_ lost: [ClosedRange<UInt64>]) {
        tags = tags.filter { tag in !lost.contains { $0.contains(tag) } }
    }

    /// Milliseconds until leases have to be extended; nil when there are none.
    var pause: Int? {
        tags.isEmpty ? nil : max(1, Int((touched + interval - .now) / .milliseconds(1)))
    }

    /// The tags to extend now, if it is time.
    mutating func due() -> [UInt64] {
        guard !tags.isEmpty, touched + interval <= .now else { return [] }
        touched = .now
        return tags.sorted()
    }
}
