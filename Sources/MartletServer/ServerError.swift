// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why the server cannot start, or had to stop.
package struct ServerError: Error, CustomStringConvertible, Sendable {
    /// What went wrong, as a word.
    package struct Code: Equatable, Sendable {
        private let word: String

        /// The server cannot listen on the address.
        package static let address = Code(word: "address")
        /// The store cannot be opened, or failed.
        package static let store = Code(word: "store")
        /// A setting is not valid.
        package static let configuration = Code(word: "configuration")
    }

    /// The code.
    package var code: Code
    /// What the server was doing and why that failed.
    package var message: String
    /// The underlying error.
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
