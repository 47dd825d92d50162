// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The data file of a folder that has none, with its journal.
///
/// They are made in a folder beside their place, and moved there when all that new ones hold is on the disk. So a power
/// failure leaves no file or a whole one, and one that is not whole was damaged later.
enum DraftFile {
    /// Makes the file, if there is none or an empty one.
    static func make(in folder: String, _ options: DiskStoreOptions) throws {
        let draft = folder + "/" + StoreFiles.draft
        // What is left of an attempt that was cut short.
        try Folder.removeStore(draft)
        guard !Folder.hasContent(folder + "/" + StoreFiles.data) else {
            // What is left of a restore that was cut short behind its last step: it holds nothing any more.
            try Folder.removeStore(folder + "/" + StoreFiles.copy)
            return
        }
        if JournalFiles.hasBatches(in: folder) {
            throw StoreError(
                .folder,
                "the folder '\(folder)' has a journal with messages in it and no data file: put '\(StoreFiles.data)' "
                    + "back, or restore a backup into another folder")
        }
        // A broker that began without data now would look as if the restore had been done.
        if let words = StoreFiles.unfinishedCopy(in: folder) { throw StoreError(.folder, words) }
        // Without batches they are what an attempt that was cut short has left.
        for name in StoreFiles.journals { try Folder.remove(file: folder + "/" + name) }
        try Folder.make(draft)
        let environment = try Environment(
            folder: draft, options: EnvironmentOptions(mapSize: options.mapSize, isAlone: true))
        try environment.withWriteTransaction { transaction in
            try Schema.begin(transaction, folder: draft, identity: options.identity)
        }
        try environment.sync()
        environment.close()
        // The data file comes last: with it there is a store.
        try Folder.move(StoreFiles.journal(0, in: draft), to: StoreFiles.journal(0, in: folder))
        try Folder.sync(folder)
        try Folder.move(draft + "/" + StoreFiles.data, to: folder + "/" + StoreFiles.data)
        try Folder.sync(folder)
        try Folder.removeStore(draft)
    }
}
