// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What the core is fed with.
package enum Input: Sendable {
    /// A connection said hello, with a name for its session that cannot be guessed; it may ask for an earlier one.
    case connected(ConnectionID, client: String, session: String, resuming: String?, access: Access = .all)
    /// A connection is gone.
    case disconnected(ConnectionID)
    /// A connection has taken all that was sent to it.
    case drained(ConnectionID)
    /// Commands of a connection.
    case commands(CommandBatch)
    /// The broker is about to stop.
    case stopping
}
