// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// When a message is to become visible.
package enum Schedule: Equatable, Sendable {
    /// So many milliseconds from now.
    case delay(Int)
    /// At that time, in Unix milliseconds.
    case at(UInt64)
}
