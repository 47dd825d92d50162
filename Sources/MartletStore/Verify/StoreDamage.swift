// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One thing in a store that is not what was written, and what it means for messages.
package struct StoreDamage: Equatable, Sendable {
    /// What kind of thing.
    package enum Kind: String, CaseIterable, Sendable {
        /// A page of the file, and all that lay on it.
        case page
        /// A row whose checksum is wrong or that cannot be read.
        case row
        /// Messages that cannot be read.
        case messages
        /// Two rows that must say the same and do not.
        case index
        /// A number that does not say what there is.
        case counter
        /// A row that belongs to nothing.
        case stray
        /// A page that belongs to nothing: space that is lost, and nothing else.
        case orphan
        /// A journal that is not there, not of this file, or lacks batches.
        case journal
    }

    /// What kind of thing is damaged.
    package var kind: Kind
    /// The table, as the article `DataFile` names it; empty for the file as a whole.
    package var table: String
    /// The page, if it is about one.
    package var page: UInt64?
    /// The topic, if it is known.
    package var topic: String?
    /// The subscription, if it is about one.
    package var subscription: String?
    /// The offsets of the messages that it is about.
    package var offsets: ClosedRange<UInt64>?
    /// What was found.
    package var what: String
    /// What it means for messages.
    package var meaning: String

    init(_ kind: Kind, _ table: String, _ what: String, meaning: String) {
        self.kind = kind
        self.table = table
        self.what = what
        self.meaning = meaning
    }
}
