// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The limits of one transaction.
extension Limits {
    /// Commands between `BEGIN` and `COMMIT`.
    package static let transactionCommands = 1_000
    /// Bytes of the whole transaction.
    package static let transactionBytes = 8 << 20
}
