// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension StoreSnapshot {
    /// A store of a folder with all that was confirmed before this was called, whether a broker uses it or not.
    ///
    /// What was confirmed last may be in the journal alone. A broker writes it to the tree within a second or so, which
    /// is waited for; without a broker it is done here, as a start does it.
    ///
    /// - Parameter pause: waits a little, and says whether to go on waiting; without one it is ten seconds.
    /// - Throws: what a start would say of the journal; `failed` when a broker does not write to its tree.
    static func upToDate(folder: String, pause: (() -> Bool)? = nil) throws(StoreError) -> StoreSnapshot {
        let pause = pause ?? patience()
        let journal = try JournalView(folder: folder)
        while true {
            if let snapshot = try whole(folder, journal) { return snapshot }
            do {
                try bringUp(folder: folder)
            } catch {
                guard error.code == .locked else { throw error }
                guard pause() else { throw late(folder, journal) }
            }
        }
    }

    /// The store as it is now, if it has all that was seen of its journal.
    private static func whole(_ folder: String, _ journal: JournalView) throws(StoreError) -> StoreSnapshot? {
        let snapshot = try StoreSnapshot(folder: folder)
        guard let identity = snapshot.journal else { return snapshot }
        let applied = snapshot.applied.index
        if let fault = journal.fault(of: identity, behind: applied) { throw fault }
        return applied >= journal.last ? snapshot : nil
    }

    /// Writes to the tree what is in the journal alone, as a start does.
    ///
    /// No snapshot of the folder may exist in this process meanwhile.
    ///
    /// - Throws: `locked` when another process uses the folder.
    static func bringUp(folder: String) throws(StoreError) {
        try DiskStore(folder: folder).writeBackAll()
    }

    private static func late(_ folder: String, _ journal: JournalView) -> StoreError {
        StoreError(
            .failed,
            "the process that uses '\(folder)' does not write to the data file what is in its journal: batch "
                + "\(journal.last) is not there. See whether the broker was stopped, or its disk is slow")
    }

    private static func patience() -> () -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        return {
            usleep(10_000)
            return ContinuousClock.now < end
        }
    }
}
