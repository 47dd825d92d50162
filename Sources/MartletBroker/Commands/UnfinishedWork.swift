// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a step has left for the next one.
enum UnfinishedWork {
    /// Messages whose time may be over and that a subscription came to later.
    case expired(ExpiryScan)
    /// Messages of a subscription that are still to be looked at.
    case scan(Subscription)
    /// Commands of a connection.
    case commands(Connection)
    /// What a consumer held that has left.
    case leases(LeavingLeases)
    /// What retention is about to drop.
    case retention(Topic)
    /// Ids of a topic that are not in memory yet.
    case ids(Topic)
    /// Rows of messages that have left the log.
    case rows(Subscription)
}
