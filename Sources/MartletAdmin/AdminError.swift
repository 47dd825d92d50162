// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why the administration cannot listen.
package struct AdminError: Error, CustomStringConvertible, Sendable {
    /// What was tried, and what can be done.
    package var message: String
    /// The underlying error.
    package var cause: (any Error)?

    /// The message and what caused it.
    package var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
