// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import NIOCore

/// What is held for one connection until its client takes it.
struct UntakenMemory: Equatable {
    var connection: ConnectionID
    /// Bytes of memory.
    var bytes: Int
    /// For how long the client has taken nothing.
    var idle: TimeAmount

    /// The connections to close so that so many bytes are free: the slowest first, and no more than need be.
    ///
    /// Slowest is who has taken nothing for the longest time, and of those who are equal in that, who holds most.
    static func chosen(of all: [UntakenMemory], toFree bytes: Int) -> [ConnectionID] {
        var left = bytes
        var chosen: [ConnectionID] = []
        for holding in all.filter({ $0.bytes > 0 }).sorted(by: { $0.rank > $1.rank }) where left > 0 {
            left -= holding.bytes
            chosen.append(holding.connection)
        }
        return chosen
    }

    private var rank: (Int64, Int, UInt64) {
        (idle.nanoseconds, bytes, connection.value)
    }
}
