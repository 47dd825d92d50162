// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a start found in the log that the tree lacked.
package struct Recovery: Equatable, Sendable {
    /// Batches that were brought into the tree.
    package var batches: Int
    /// Whether the last write to the log was cut short: that batch was never confirmed.
    package var isCut: Bool
}
