// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// How much there is now, for those who watch over the broker.
package struct BrokerLevels: Sendable {
    /// What the store holds.
    package struct Stored: Sendable {
        /// Scheduled messages that are counted at most, of each clock.
        package static let countedScheduled = StoreLevels.countedScheduled

        /// Messages that wait for their time.
        package var scheduled: Int
        /// What processes are to get.
        package var expectations: Int
        /// Receipts.
        package var receipts: Int
        /// Pages of the file in use, free ones between them included.
        package var pages: Int
        /// Pages between them that are free; nil when it would take long to count them.
        package var freePages: Int?
        /// Slots of readers that have been taken.
        package var readers: Int

        init(_ levels: StoreLevels) {
            scheduled = levels.scheduled
            expectations = levels.expectations
            receipts = levels.receipts
            pages = levels.pages
            freePages = levels.freePages
            readers = levels.readers
        }
    }

    /// Timers that are set.
    package var timers: Int
    /// Ids of messages that are remembered in memory, so that repeats are recognised.
    package var ids: Int
    /// What the store holds, if that can be read.
    package var stored: Stored?
}
