// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// Shares bytes among connections that receive large frames; who finds no room waits for its turn.
///
/// A share is for a whole frame, so that each one that was begun can be finished. There is always one share at least,
/// however little room there is: those who wait hold some bytes too, and must not wait for each other.
///
/// It knows no time: while some wait it is told to look, at even intervals, so that a pause of the process is one look.
struct ByteBudget {
    /// Looks without progress after which a frame is late.
    static let patience = 8

    private struct Share {
        /// Bytes of the whole frame.
        var bytes: Int
        /// Bytes of it that are here already; they are in memory even while it waits.
        var held: Int
        var isGranted: Bool
        /// Looks since it was granted, or went on.
        var looks = 0
    }

    /// Bytes that may be used.
    let limit: Int
    /// Bytes of granted frames, and those that waiting ones have brought already.
    private(set) var used = 0
    private var granted = 0
    private var shares: [ConnectionID: Share] = [:]
    private var queue: ArraySlice<ConnectionID> = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Connections that wait.
    var waiting: Int { shares.count - granted }

    /// Asks for room for a frame; a connection has one share at most.
    ///
    /// - Parameter held: bytes of the frame that have arrived.
    /// - Returns: false when the connection has to wait until `release` names it.
    mutating func ask(_ bytes: Int, held: Int, for connection: ConnectionID) -> Bool {
        precondition(shares[connection] == nil, "a connection receives one frame at a time")
        let isGranted = waiting == 0 && fits(bytes)
        shares[connection] = Share(bytes: bytes, held: held, isGranted: isGranted)
        if isGranted {
            granted += 1
            used += bytes
        } else {
            used += held
            queue.append(connection)
        }
        return isGranted
    }

    /// Takes the share of a connection back, or lets it wait no more.
    ///
    /// - Returns: connections whose turn has come.
    mutating func release(_ connection: ConnectionID) -> [ConnectionID] {
        guard let share = shares.removeValue(forKey: connection) else { return [] }
        used -= share.isGranted ? share.bytes : share.held
        if share.isGranted { granted -= 1 }
        return grantNext()
    }

    /// Notes that the frame of a connection goes on.
    mutating func goesOn(_ connection: ConnectionID) {
        shares[connection]?.looks = 0
    }

    /// Whether some wait for the room of a connection whose frame has not gone on for too long.
    func isLate(_ connection: ConnectionID) -> Bool {
        guard waiting > 0, let share = shares[connection] else { return false }
        return share.isGranted && share.looks >= Self.patience
    }

    /// Looks at those who have room while others wait.
    ///
    /// - Returns: connections whose frames are late, the latest first, and no more than make room for all who wait.
    mutating func look() -> [ConnectionID] {
        guard waiting > 0 else { return [] }
        var missing = used - limit
        var late: [(looks: Int, connection: ConnectionID, bytes: Int)] = []
        // ORDER: each is counted alone, and the late ones are sorted.
        for (connection, share) in shares {
            guard share.isGranted else {
                missing += share.bytes - share.held
                continue
            }
            shares[connection]?.looks += 1
            if isLate(connection) { late.append((share.looks, connection, share.bytes)) }
        }
        late.sort { ($1.looks, $0.connection.value) < ($0.looks, $1.connection.value) }
        var chosen: [ConnectionID] = []
        for share in late where missing > 0 {
            missing -= share.bytes
            chosen.append(share.connection)
        }
        return chosen
    }

    private mutating func grantNext() -> [ConnectionID] {
        var next: [ConnectionID] = []
        while let first = queue.first {
            guard var share = shares[first], !share.isGranted else {
                // It is gone, or it asked anew and was lucky.
                queue.removeFirst()
                continue
            }
            guard fits(share.bytes - share.held) else { break }
            queue.removeFirst()
            share.isGranted = true
            share.looks = 0
            shares[first] = share
            granted += 1
            used += share.bytes - share.held
            next.append(first)
        }
        // The memory of those that have left the queue.
        if queue.startIndex > 1_024 { queue = ArraySlice(Array(queue)) }
        return next
    }

    private func fits(_ bytes: Int) -> Bool { granted == 0 || used + bytes <= limit }
}
