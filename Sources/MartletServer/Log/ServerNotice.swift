// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// What a person who runs the broker should know of the server around it.
enum ServerNotice: Equatable, Sendable {
    /// Connections are accepted.
    case started(host: String, port: Int, folder: String, milliseconds: Int)
    /// The server has stopped, and so many commands were answered since it started.
    case stopped(publishes: UInt64, commands: UInt64)
    /// A connection was refused, since there are as many as there may be.
    case connectionRefused(limit: Int)
    /// A connection was refused, since there are as many as there may be whose users are not known yet.
    case strangerRefused(from: String, PendingConnections.Limit)
    /// The server closed a connection.
    case connectionClosed(ConnectionID, CloseReason)
    /// No connections are accepted for a moment, since the system has no descriptor or memory left for one.
    case acceptingPaused(error: String)
    /// Connections are accepted again.
    case acceptingAgain
    /// The process may have fewer descriptors than its connections may need.
    case fewDescriptors(limit: Int, connections: Int)
    /// The files with certificates were read again.
    case certificatesRead
    /// The files with certificates cannot be used; those that were read before stay in use.
    case certificatesKept(error: String)
    /// The server's certificate ends in so many days; fewer than 0 when it has ended.
    case certificateEnds(days: Int)
}
