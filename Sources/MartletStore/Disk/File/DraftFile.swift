// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

/// The data file of a folder that has none.
///
/// It is made in a folder beside its place, and moved there when all that a new file holds is on the disk. So a power
/// failure leaves no file or a whole one, and one that is not whole was damaged later.
enum DraftFile {
    /// Makes the file, if there is none or an empty one.
    static func make(in folder: String, mapSize: Int) throws {
        let draft = folder + "/" + StoreFiles.draft
        // What is left of an attempt that was cut short.
        try Folder.remove(draft, with: StoreFiles.data)
        guard !Folder.hasContent(folder + "/" + StoreFiles.data) else {
            // What is left of a restore that was cut short behind its last step: it holds nothing any more.
            try Folder.remove(folder + "/" + StoreFiles.copy, with: StoreFiles.data)
            return
        }
        // A broker that began without data now would look as if the restore had been done.
        if let words = StoreFiles.unfinishedCopy(in: folder) { throw StoreError(.folder, words) }
        try Folder.make(draft)
        let environment = try Environment(folder: draft, options: EnvironmentOptions(mapSize: mapSize, isAlone: true))
        try environment.withWriteTransaction { transaction in
            let tables = try Tables(transaction, create: true)
            try DiskStore.put(Schema.version, as: .schema, transaction, tables)
        }
        try environment.sync()
        environment.close()
        try Folder.move(draft + "/" + StoreFiles.data, to: folder + "/" + StoreFiles.data)
        try Folder.sync(folder)
        try Folder.remove(draft, with: StoreFiles.data)
    }
}
