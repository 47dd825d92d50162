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
    /// Look at the pause of a subscription.
    case pause(Subscription)
    /// Look at the messages of a topic whose time ends.
    case expiries(Topic)
    /// Look at the messages that become visible.
    case scheduled
    /// Go on with the redrive of a subscription.
    case redrive(Subscription)
    /// Look at what processes are to get.
    case expectations
    /// Look at the oldest message of a subscription that is to be settled in time.
    case expectation(Subscription)
    /// Look at what holds keys, and at what no consumer takes.
    case watch
    /// Remove keyed rows that go.
    case expiry
}
