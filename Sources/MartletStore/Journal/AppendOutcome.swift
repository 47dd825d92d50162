// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What became of a batch that was to be appended.
package enum AppendOutcome {
    /// It is in the log, durable.
    case committed
    /// It is not: the log is to go on with another index.
    case conflict(next: UInt64)
    /// It is not, since the log has no room for it now.
    case noRoom
    /// A write or flush failed: it may be in the log or not, and no more can be said or done.
    case unknown(StoreError)
}
