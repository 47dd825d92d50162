// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock

/// The room for half-received frames of all connections, whatever event loop they live on.
final class ReceiveBudget: Sendable {
    /// Frames up to this size need no room: a person's message, and most programs'.
    static let small = 64 << 10

    private let budget: Lock<ByteBudget>
    private let registries = Lock<[@Sendable ([ConnectionID]) -> Void]>([])

    init(limit: Int) {
        budget = Lock(ByteBudget(limit: limit))
    }

    /// Calls back with the connections whose turn has come, among them those of others, on any event loop.
    func whenGranted(_ body: @escaping @Sendable ([ConnectionID]) -> Void) {
        registries.withLock { $0.append(body) }
    }

    /// Asks for room for a frame of which some bytes are here; false when its connection has to wait.
    func ask(_ bytes: Int, held: Int, for connection: ConnectionID) -> Bool {
        budget.withLock { $0.ask(bytes, held: held, for: connection) }
    }

    /// Takes a connection's share back.
    func release(_ connection: ConnectionID) {
        let next = budget.withLock { $0.release(connection) }
        guard !next.isEmpty else { return }
        for body in registries.withLock({ $0 }) { body(next) }
    }

    /// Bytes in use.
    var used: Int { budget.withLock { $0.used } }
}
