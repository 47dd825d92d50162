// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Where the tags of a connection's consumers go on counting when their numbers are used again.
///
/// A late settle of an earlier consumer thereby never means a message of a later one. Memory is bounded: when a client
/// uses very many numbers, all further consumers go on behind the greatest tag that was ever given.
struct NextTags {
    static let limit = 4_096

    private var tags: [UInt64: UInt64] = [:]
    private var floor: UInt64 = 1

    /// The first tag of a consumer of that number.
    subscript(number: UInt64) -> UInt64 { tags[number] ?? floor }

    /// Notes that a consumer has ended, and the tag that its next delivery would have had.
    mutating func note(_ next: UInt64, of number: UInt64) {
        guard next > floor else { return }
        tags[number] = next
        guard tags.count > Self.limit else { return }
        floor = tags.values.max() ?? floor
        tags.removeAll()
    }
}
