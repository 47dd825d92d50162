// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How much a store holds now, for those who watch over it.
package struct StoreLevels: Equatable, Sendable {
    /// Scheduled messages that are counted at most, of each clock.
    package static let countedScheduled = 10_000

    /// Scheduled messages; those that were cancelled together count until they are swept away.
    package var scheduled = 0
    /// What processes are to get.
    package var expectations = 0
    /// Receipts.
    package var receipts = 0
    /// Pages of the file in use, free ones between them included.
    package var pages = 0
    /// Pages between them that are free; nil when it would take long to count them.
    package var freePages: Int?
    /// Slots of readers that have been taken.
    package var readers = 0

    /// Makes the levels of an empty store.
    package init() {}
}
