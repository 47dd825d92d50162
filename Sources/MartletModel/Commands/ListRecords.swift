// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `LIST`: lists records of a space.
package struct ListRecords: Equatable, Sendable {
    /// The space.
    package var space: String
    /// What the keys begin with.
    package var prefix: [UInt8]
    /// The key behind which the list begins.
    package var after: [UInt8]
    /// The most records that are listed.
    package var limit: Int

    /// Makes the fields of a list; of a whole space when nothing else is given.
    package init(space: String, prefix: [UInt8] = [], after: [UInt8] = [], limit: Int = Limits.defaultList) {
        self.space = space
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}
