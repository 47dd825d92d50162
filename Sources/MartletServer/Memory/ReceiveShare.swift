// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// The room that one connection has for a large frame, or waits for.
struct ReceiveShare {
    private enum Standing {
        /// It receives no large frame.
        case none
        /// It waits for room, and is not read; so many bytes are here.
        case waiting(held: Int)
        /// It has room; so many bytes were here at its last progress.
        case granted(held: Int)
    }

    private let budget: ReceiveBudget
    private let connection: ConnectionID
    private var standing = Standing.none

    init(of connection: ConnectionID, in budget: ReceiveBudget) {
        self.budget = budget
        self.connection = connection
    }

    /// Whether it waits for room.
    var isWaiting: Bool { if case .waiting = standing { true } else { false } }

    /// Whether others wait for its room, and too little comes of its frame.
    var isLate: Bool { if case .granted = standing { budget.isLate(connection) } else { false } }

    /// Notes the bytes that are here of a frame that needs so many; a large one asks for room.
    ///
    /// - Parameter isNew: whether an earlier frame was finished since the last call.
    mutating func holds(_ held: Int, of needed: Int, isNew: Bool) {
        if isNew || needed <= ReceiveBudget.small { release() }
        guard needed > ReceiveBudget.small else { return }
        switch standing {
        case .none:
            // The line end behind the data may have one byte more.
            let isGranted = budget.ask(needed + 1, held: held, for: connection)
            standing = isGranted ? .granted(held: held) : .waiting(held: held)
        case .granted(let before) where held - before >= ConnectionWatch.frameProgress:
            standing = .granted(held: held)
            budget.goesOn(connection)
        case .granted, .waiting: break
        }
    }

    /// Notes that there is room; false when it does not wait for any.
    mutating func grant() -> Bool {
        guard case .waiting(let held) = standing else { return false }
        standing = .granted(held: held)
        return true
    }

    /// Begins its time anew: nothing more of the frame can come now, since it is not read.
    func excuse() {
        if case .granted = standing { budget.goesOn(connection) }
    }

    /// Gives the room back, or waits no more.
    mutating func release() {
        if case .none = standing { return }
        standing = .none
        budget.release(connection)
    }
}
