// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why the server cannot start, or had to stop.
package struct ServerError: Error, CustomStringConvertible, Sendable {
    /// What went wrong, as a word.
    package struct Code: Equatable, Sendable {
        private let word: String

        /// The address cannot be listened on.
        package static let address = Code(word: "address")
        /// The store cannot be opened, or failed.
        package static let store = Code(word: "store")
        /// A setting makes no sense.
        package static let configuration = Code(word: "configuration")
    }

    /// The code.
    package var code: Code
    /// What was being done and why it failed.
    package var message: String
    /// The error below this one.
    package var cause: (any Error)?

    /// Makes an error.
    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message and what caused it.
    package var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
