// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import LMDB

/// What a look at a whole store has found.
package struct VerifyReport: Sendable {
    /// Damages that are told one by one; further ones are only counted.
    package static let told = 1_000

    /// What is damaged, up to `told` of it.
    package private(set) var damages: [StoreDamage] = []
    /// How much is damaged.
    package private(set) var damageCount = 0
    /// Topics that were read.
    package var topics = 0
    /// Subscriptions that were read.
    package var subscriptions = 0
    /// Messages that can be read.
    package var messages: UInt64 = 0
    /// Bytes of their records.
    package var messageBytes: UInt64 = 0
    /// Rows of all tables.
    package var rows: UInt64 = 0
    /// How the pages are used; nil when damage kept that from being told.
    package var pages: FileImage.PageCount?
    /// Bytes per page.
    package var pageSize = 0
    /// The index of the last batch.
    package var batch: UInt64 = 0
    /// What the journal has that the tree lacks; nil when no journal was looked at.
    package var journal: Recovery?

    /// Whether nothing is damaged.
    package var isClean: Bool { damageCount == 0 }

    mutating func add(_ damage: StoreDamage) {
        damageCount += 1
        if damages.count < Self.told { damages.append(damage) }
    }
}
