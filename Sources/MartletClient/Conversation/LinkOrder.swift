// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What tasks ask of the loop that owns the connection.
enum LinkOrder: Sendable {
    case request(Request)
    case cancel(UInt64)
    case subscribe(Mailbox)
    case unsubscribe(Mailbox)
    case pause(Mailbox)
}
