// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock
import NIOCore

/// The room for half-received frames of all connections, whatever event loop they live on.
///
/// While one waits for room, those who have some are looked at: a frame that does not go on loses its room.
final class ReceiveBudget: Sendable {
    /// The connections of one event loop; all calls come on any thread.
    struct Member: Sendable {
        /// There is room for these, among them connections of others.
        let granted: @Sendable ([ConnectionID]) -> Void
        /// The frames of these are late, among them connections of others.
        let late: @Sendable ([ConnectionID]) -> Void
        /// Has `look` called after that time.
        let lookLater: @Sendable (TimeAmount) -> Void
    }

    private struct State {
        var budget: ByteBudget
        /// Whether `look` will be called.
        var isLooking = false
    }

    /// Frames up to this size need no room: a person's message, and most programs'.
    static let small = 64 << 10

    private let state: Lock<State>
    private let members = Lock<[Member]>([])
    private let interval: TimeAmount

    /// Makes a budget.
    ///
    /// - Parameters:
    ///   - limit: bytes that may be used.
    ///   - timeout: how long a frame may go without progress while others wait.
    init(limit: Int, timeout: TimeAmount) {
        state = Lock(State(budget: ByteBudget(limit: limit)))
        interval = .nanoseconds(timeout.nanoseconds / Int64(ByteBudget.patience))
    }

    /// Adds the connections of an event loop.
    func add(_ member: Member) {
        members.withLock { $0.append(member) }
    }

    /// Asks for room for a frame of which some bytes are here; false when its connection has to wait.
    func ask(_ bytes: Int, held: Int, for connection: ConnectionID) -> Bool {
        let (isGranted, begins) = state.withLock { state in
            let isGranted = state.budget.ask(bytes, held: held, for: connection)
            let begins = !isGranted && !state.isLooking
            if begins { state.isLooking = true }
            return (isGranted, begins)
        }
        if begins { lookLater() }
        return isGranted
    }

    /// Notes that the frame of a connection goes on.
    func goesOn(_ connection: ConnectionID) {
        state.withLock { $0.budget.goesOn(connection) }
    }

    /// Whether others wait for a connection's room and its frame does not go on.
    func isLate(_ connection: ConnectionID) -> Bool {
        state.withLock { $0.budget.isLate(connection) }
    }

    /// Looks whether those who have room go on, which it does at even intervals while one waits.
    func look() {
        let (late, goesOn) = state.withLock { state in
            let late = state.budget.look()
            state.isLooking = state.budget.waiting > 0
            return (late, state.isLooking)
        }
        if !late.isEmpty {
            for member in members.withLock({ $0 }) { member.late(late) }
        }
        if goesOn { lookLater() }
    }

    private func lookLater() {
        members.withLock { $0.first }?.lookLater(interval)
    }

    /// Takes a connection's share back.
    func release(_ connection: ConnectionID) {
        let next = state.withLock { $0.budget.release(connection) }
        guard !next.isEmpty else { return }
        for member in members.withLock({ $0 }) { member.granted(next) }
    }

    /// Bytes in use.
    var used: Int { state.withLock { $0.budget.used } }
}
