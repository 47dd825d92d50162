// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which message of a topic is meant.
package enum MessageReference: Equatable, Sendable {
    /// The one at that offset.
    case offset(UInt64)
    /// The one that has this id.
    case id([UInt8])
}
