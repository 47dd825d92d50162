// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Where a new subscription begins.
package enum Start: Equatable, Sendable {
    /// With the oldest message that is kept.
    case earliest
    /// With the next message that is published.
    case new
    /// With a message of that offset or later.
    case offset(UInt64)
    /// With the first message of that time or later, in Unix milliseconds.
    case time(UInt64)
}
