// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A connection, as the core knows it.
final class Connection {
    let id: ConnectionID
    /// What the client calls itself.
    let client: String
    /// Its consumers by their numbers.
    var consumers: [UInt64: Consumer] = [:]
    /// What goes out at the end of this step.
    var ready: Outbox?
    /// Replies that wait for the commit of this step to be durable.
    var pending: Outbox?
    /// Replies that wait for the commit before that.
    var committed: Outbox?
    /// Whether it has been told more than it has taken, so that its consumers get nothing for now.
    private(set) var isBlocked = false
    private var untaken = 0

    init(_ id: ConnectionID, client: String) {
        self.id = id
        self.client = client
    }

    /// Counts bytes of deliveries; true when the connection is blocked by them.
    func count(bytes: Int, limit: Int) -> Bool {
        untaken += bytes
        guard untaken > limit, !isBlocked else { return false }
        isBlocked = true
        return true
    }

    /// Notes that all has been taken.
    func drained() {
        untaken = 0
        isBlocked = false
    }
}
