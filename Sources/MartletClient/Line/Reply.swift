// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The answer to one command.
package struct Reply: Sendable {
    /// `OK`, `DUP`, `NIL`, `QUEUED` or `DATA`.
    package var word: String
    /// The words after the first that are not options with a value.
    package var fields: [String]
    /// The options with a value, decoded.
    package var options: [String: String]
    /// What followed a `DATA` line.
    package var data: [UInt8]
}
