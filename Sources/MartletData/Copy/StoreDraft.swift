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
        let allowed = StoreFiles.others + [StoreFiles.draft, StoreFiles.copy]
        if let name = Self.names(in: folder).first(where: { !allowed.contains($0) }) {
            throw DataError(.refused, "the folder '\(folder)' is not empty: it has '\(name)'. Name a new one")
        }
        try DataError.of {
            // What is left of a broker's start, or of another copy, that was cut short.
            try Folder.remove(folder + "/" + StoreFiles.draft, with: StoreFiles.data)
            try remove()
            try Folder.make(draft)
        }
    }

    /// Moves the files to their place, durably.
    func commit() throws(DataError) {
        try DataError.of {
            // Once the files are moved nothing may be left that needs to be looked at.
            for name in Self.names(in: draft) where !StoreFiles.parts.contains(name) { unlink(draft + "/" + name) }
            for name in StoreFiles.parts {
                try Self.sync(draft + "/" + name)
                try Folder.move(draft + "/" + name, to: folder + "/" + name)
            }
            try Folder.sync(folder)
            try remove()
        }
    }

    /// Removes what was made.
    func remove() throws {
        for name in Self.names(in: draft) { unlink(draft + "/" + name) }
        try Folder.remove(draft, with: StoreFiles.data)
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
