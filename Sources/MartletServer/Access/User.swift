// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// One who may use the broker, and how he is recognised.
package struct User: Equatable, Sendable {
    /// What he may do, with his name.
    package var access: Access
    /// The digests of his tokens: two while one replaces the other.
    package var tokens: [TokenDigest]
    /// The names in his certificates.
    package var certificates: [String]

    /// Makes a user.
    package init(_ access: Access, tokens: [TokenDigest] = [], certificates: [String] = []) {
        self.access = access
        self.tokens = tokens
        self.certificates = certificates
    }
}
