// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why the store cannot go on, or not be opened.
package struct StoreError: Error, CustomStringConvertible, Sendable {
    /// What went wrong, as a word.
    package struct Code: Equatable, Sendable {
        private let word: String

        /// The folder cannot be made or read.
        package static let folder = Code(word: "folder")
        /// Another process has the store open.
        package static let locked = Code(word: "locked")
        /// The file was written by a version that this one does not know.
        package static let schema = Code(word: "schema")
        /// The disk or the map is full, reserve included.
        package static let full = Code(word: "full")
        /// A read, a write or a flush failed.
        package static let failed = Code(word: "failed")
        /// What was read is not what was written.
        package static let damaged = Code(word: "damaged")
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
