// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A connection, as the core knows it.
package struct ConnectionID: Hashable, Sendable {
    /// Chosen by the server; it means nothing to the core.
    package var value: UInt64

    /// Makes an id.
    package init(_ value: UInt64) {
        self.value = value
    }
}
