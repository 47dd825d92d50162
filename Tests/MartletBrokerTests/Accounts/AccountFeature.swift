// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What random lives of accounts may use.
enum AccountFeature: CaseIterable {
    /// `PARK`, `RESOLVE`, `on-poison=park`
    case park
    /// `PAUSE`, `RESUME`
    case pause
    /// `SEEK`
    case seek
    /// `ALTER`
    case alter
    /// `where=`, `key-prefix=`
    case filter
    /// `order=key`, `order=all`
    case order
    /// `delay=`, `at=`, `CANCEL`, `RESCHEDULE`
    case schedule
    /// `ttl=`, `on-expire`
    case ttl
    /// `REDRIVE`
    case redrive
    /// `EXPECT`, `UNEXPECT`
    case expect

    /// What the broker has.
    static let built = Set(allCases)
}
