// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What kind of thing a row of `due` is about.
enum DueKind {
    /// A message that was returned to a subscription.
    static let returned: UInt8 = 1
    // From 2 on: a keyed row that goes, by the number of its table.
}
