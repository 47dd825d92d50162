// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A store that is made beside its place in a folder that has none, and moved there when it is whole.
final class StoreDraft {
    let folder: String
    /// Where its files are made.
    let draft: String
    private let lock: FolderLock

    /// Takes a folder that is new or holds no store.
    ///
    /// - Throws: `refused` when it holds anything, `locked` when a broker uses it.
    init(folder: String) throws(DataError) {
        self.folder = folder
        draft = folder + "/" + StoreFiles.copy
        lock = try DataError.of {
            try Folder.make(folder)
            return try FolderLock(folder: folder)
        }
        var allowed = StoreFiles.others + [StoreFiles.draft, StoreFiles.copy]
        // A journal that never had a batch is one whose data file did not follow.
        if !StoreFiles.hasBatches(in: folder) { allowed += StoreFiles.journals }
        if let name = Self.names(in: folder).first(where: { !allowed.contains($0) }) {
            throw DataError(.refused, "the folder '\(folder)' is not empty: it has '\(name)'. Name a new one")
        }
        try DataError.of {
            // What is left of a broker's start, or of another copy, that was cut short.
            try Folder.removeStore(folder + "/" + StoreFiles.draft)
            for name in StoreFiles.journals { try Folder.remove(file: folder + "/" + name) }
            // The folder itself stays: it tells of a copy that is cut short.
            try Folder.make(draft)
            try empty()
        }
    }

    private func empty() throws {
        // An import that was cut short may have been at making its data file.
        try Folder.removeStore(draft + "/" + StoreFiles.draft)
        for name in Self.names(in: draft) { try Folder.remove(file: draft + "/" + name) }
    }

    /// Moves the files to their place, durably.
    func commit() throws(DataError) {
        try DataError.of {
            // Once the files are moved nothing may be left that needs to be looked at.
            for name in Self.names(in: draft) where !StoreFiles.parts.contains(name) { unlink(draft + "/" + name) }
            let parts = StoreFiles.parts.filter { Folder.exists(draft + "/" + $0) }
            for name in parts { try Self.sync(draft + "/" + name) }
            for name in parts {
                // With the data file there is a store, and it lacks nothing: the others are in their place for good.
                if name == StoreFiles.data { try Folder.sync(folder) }
                try Folder.move(draft + "/" + name, to: folder + "/" + name)
            }
            try Folder.sync(folder)
            try remove()
        }
    }

    /// Removes what was made.
    func remove() throws {
        try empty()
        try Folder.removeStore(draft)
    }

    /// The names of what is in a folder.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // SAFETY: the name is as many bytes of text as the system says at most, and ends in a zero.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a file durable.
    static func sync(_ path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { _ = close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw OutputFile.failure("cannot flush '\(path)'") }
    }
}
