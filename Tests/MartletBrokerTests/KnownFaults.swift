// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Faults of the broker that random lives have found and keep away from.
///
/// When one is mended, its line here goes, and all that asks for it.
enum KnownFaults {
    /// A grace that is shorter than an earlier one of the same consumer ends only when the earlier one would have.
    static let shorterGraceEndsLate = true
    /// After a restart a topic keeps more messages or bytes than it may until something is published to it.
    static let limitsSleepAfterRestart = true
    /// The bytes that one step brings to a topic are not counted against its limit before the step ends.
    static let bytesOfStepAreNotCounted = true
}
