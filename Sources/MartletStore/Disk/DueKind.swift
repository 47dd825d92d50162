// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What kind of thing a row of `due` is about.
enum DueKind {
    /// A message that was returned to a subscription.
    static let returned: UInt8 = 1
    // From 2 on: a keyed row whose time comes, by the number of its table.
    /// A message of a topic whose time to live ends.
    static let expiring: UInt8 = 32
    /// A message that waits for a person: its offset stands in the place of the time.
    static let parked: UInt8 = 33
}
