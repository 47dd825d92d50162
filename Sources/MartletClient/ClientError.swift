// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why a conversation with the broker failed: a code to decide by and a message to read.
package struct ClientError: Error, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable, Hashable {
        /// No connection could be opened.
        case unreachable
        /// The connection ended, or the broker fell silent, before what was asked for was answered.
        case connectionLost
        /// The broker answered `ERR` with this code.
        case refused(String)
        /// The broker sent something that version 1 of the protocol does not know.
        case protocolViolation
        /// The caller asked for something that cannot be written in the protocol.
        case badArgument
    }

    /// What kind of failure it was.
    package let code: Code
    /// What happened, for people.
    package let message: String

    /// An error with a code and a message.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
