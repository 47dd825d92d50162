// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// All that a peer needs to talk to the broker.
struct BrokerIntake: Sendable {
    /// Batches to fill with commands.
    let pool: BatchPool
    /// The key that ids are hashed with, known once the store is open.
    let seal: @Sendable () -> UInt64
    /// Hands something to the broker; called once per read, not once per message.
    let put: @Sendable (Input) -> Void
}

extension BrokerIntake {
    init(_ thread: BrokerThread) {
        self.init(pool: thread.pool, seal: { thread.seal }, put: { thread.put($0) })
    }
}
