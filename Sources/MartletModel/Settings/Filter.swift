// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which messages a subscription is about: those that pass all that is named here.
package struct Filter: Equatable, Sendable {
    /// The name of a header, compared without regard to case; empty when no header is asked for.
    package var header: String
    /// The value that the header must have, byte for byte.
    package var value: [UInt8]
    /// What the key must begin with; empty when any key will do, or none.
    package var keyPrefix: [UInt8]

    /// Makes a filter; one that names nothing passes all.
    ///
    /// A value without a header says nothing and is left out, so that filters that pass the same are equal.
    package init(header: String = "", value: [UInt8] = [], keyPrefix: [UInt8] = []) {
        self.header = header
        self.value = header.isEmpty ? [] : value
        self.keyPrefix = keyPrefix
    }

    /// Whether it passes all.
    package var isEmpty: Bool { header.isEmpty && keyPrefix.isEmpty }

    /// Whether it passes a message.
    package func passes(_ message: MessageFields) -> Bool {
        guard keyPrefix.isEmpty || message.key.starts(with: keyPrefix) else { return false }
        guard !header.isEmpty else { return true }
        guard let found = HeaderBlock.value(of: header, in: message.headers) else { return false }
        return found.elementsEqual(value)
    }
}
