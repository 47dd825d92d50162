// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// That a connection was let in: what it may do, and by what that is known.
struct Admission: Equatable, Sendable {
    /// By what a user was recognised.
    enum Proof: Equatable, Sendable {
        /// Nothing: there were no users.
        case none
        /// The token of that digest.
        case token(TokenDigest)
        /// A certificate with that name in it.
        case certificate(String)
    }

    /// What the connection may do.
    let access: Access
    /// By what that is known.
    let proof: Proof
}
