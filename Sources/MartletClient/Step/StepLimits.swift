// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the broker allows records and transactions; checked here so that what breaks it is told before it is sent.
enum StepLimits {
    /// Bytes of a record's value.
    static let value = 65_536
    /// Operations of one transaction.
    static let operations = 1_000
    /// Bytes of one transaction.
    static let bytes = 8 << 20
}
