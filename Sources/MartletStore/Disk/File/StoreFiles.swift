// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which files of a data folder make up a store: what is copied, checked and moved as one.
package enum StoreFiles {
    /// The data file.
    package static let data = "data.mdb"
    /// A segment of the journal.
    package static func journalName(_ number: Int) -> String { "journal.\(number)" }
    /// The files that hold what was confirmed, in the order in which they are put in place: with the data file there is
    /// a store.
    package static let parts = journals + [data]
    /// The segments of the journal.
    package static let journals = (0..<Journal.segments).map(journalName)
    /// The folder in which new parts are made, until they are moved to their place.
    package static let draft = "data.new"
    /// The folder in which a restore or an import makes a store, until it is whole.
    package static let copy = "copy.new"
    /// Files that hold nothing and are made anew.
    package static let others = ["lock.mdb", "martlet.lock"]

    /// The path of a segment.
    static func journal(_ number: Int, in folder: String) -> String { folder + "/" + journalName(number) }

    /// Whether a folder has a journal with batches in it.
    package static func hasBatches(in folder: String) -> Bool { JournalFiles.hasBatches(in: folder) }

    /// What is wrong with a folder whose restore or import was cut short, and what to do; nil when there is none.
    package static func unfinishedCopy(in folder: String) -> String? {
        let copy = folder + "/" + StoreFiles.copy
        guard !Folder.hasContent(folder + "/" + data), Folder.exists(copy) else { return nil }
        return "a restore or import into '\(folder)' was cut short, and there is no data yet: run it again, or remove "
            + "'\(copy)' to begin without data"
    }
}
