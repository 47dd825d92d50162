// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How a delivery ended that was not acked.
///
/// The words stand in dead letters and in the data file.
package enum AttemptOutcome: String, CaseIterable, Sendable {
    /// The consumer said that it failed.
    case nack
    /// The consumer said that it will never work.
    case reject
    /// The lease ran out.
    case timeout
    /// The lease could not be extended any further.
    case leaseCap = "lease-cap"
    /// The connection was lost.
    case disconnect
    /// The consumer gave it back.
    case release
    /// The consumer gave it to a person.
    case park
}
