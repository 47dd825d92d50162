// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The version that a record must have to be changed.
package enum RecordVersion: Equatable, Sendable {
    /// Any version, or no record.
    case any
    /// This version; 0 is a record that does not exist.
    case exactly(UInt64)
}
