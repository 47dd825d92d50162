// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the core wants to do at some time.
enum TimerTask {
    /// Look at the leases of a consumer.
    case leases(Consumer)
    /// Look at the messages of a subscription that become due.
    case due(Subscription)
    /// Remove an ephemeral subscription that has no consumer.
    case ephemeral(Subscription)
    /// Drop what a topic need not keep.
    case retention(Topic)
    /// Look at the transaction of a connection.
    case transaction(Connection)
    /// Give back what a consumer holds whose connection did not come back.
    case grace(Consumer)
    /// Forget what the client of a connection did not come back to hear.
    case farewells(Connection)
    /// Remove keyed rows that go.
    case expiry
}
