// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker

/// The way between the broker and some of its peers: those of one event loop, or those inside the process.
package struct BrokerRoute: Sendable {
    /// The number of the route, by which outboxes find it.
    let number: Int
    /// Batches to fill with commands.
    package let pool: BatchPool
    /// The key that ids are hashed with, known once the store is open.
    package let idKey: @Sendable () -> UInt64
    /// Hands something to the broker; called once per read, not once per message.
    package let put: @Sendable (Input) -> Void
    /// Says that so many bytes of messages of an outbox have been taken up.
    package let took: @Sendable (Int) -> Void

    /// Makes a route by its parts.
    package init(
        number: Int, pool: BatchPool, idKey: @escaping @Sendable () -> UInt64,
        put: @escaping @Sendable (Input) -> Void, took: @escaping @Sendable (Int) -> Void
    ) {
        self.number = number
        self.pool = pool
        self.idKey = idKey
        self.put = put
        self.took = took
    }

    init(number: Int, thread: BrokerThread) {
        self.init(
            number: number, pool: thread.pool, idKey: { thread.idKey }, put: { thread.put($0) },
            took: { thread.handover.take($0) })
    }

    /// The id of a connection of this route; `ordinal` counts them.
    package func connectionID(_ ordinal: UInt64) -> ConnectionID {
        ConnectionID(ordinal * UInt64(BrokerRoutes.limit) + UInt64(number))
    }
}
