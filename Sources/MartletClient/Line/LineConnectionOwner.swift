// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a connection is for: it is told what happens to it, on the connection's event loop.
protocol LineConnectionOwner: AnyObject, Sendable {
    /// The broker has answered the greeting; commands can be written.
    func opened(_ connection: LineConnection)

    /// Bytes have come; what they hold is taken with `next` or `confirms` until there is no more.
    ///
    /// - Throws: what ends the connection.
    func received(on connection: LineConnection) throws(ClientError)

    /// All that one read brought has been taken; what it brought about is to be written.
    func readCompleted(on connection: LineConnection)

    /// The connection is over, or none could be opened. It is told once, as the last thing.
    func ended(_ connection: LineConnection, _ error: ClientError)
}
