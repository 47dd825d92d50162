// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The folder of the data file.
package enum Folder {
    /// Makes a folder and those above it, each of them durable.
    package static func make(_ path: String) throws(StoreError) {
        var parent = path.hasPrefix("/") ? "/" : "."
        for part in path.split(separator: "/") {
            let made = parent == "/" ? "/" + part : parent + "/" + part
            if mkdir(made, 0o700) == 0 {
                // A folder is durable when the one that names it is.
                try sync(parent)
            } else if errno != EEXIST {
                throw StoreError(.folder, "cannot make data folder '\(path)': \(String(cString: strerror(errno)))")
            }
            parent = made
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StoreError(.folder, "data folder '\(path)' is not a folder")
        }
    }

    /// Whether there is a file that holds anything.
    package static func hasContent(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0
    }

    /// Whether there is anything of that name.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Gives a file another place.
    package static func move(_ path: String, to other: String) throws(StoreError) {
        guard rename(path, other) == 0 else {
            throw StoreError(.folder, "cannot move '\(path)' to '\(other)': \(String(cString: strerror(errno)))")
        }
    }

    /// Removes a file, if it is there.
    package static func remove(file path: String) throws(StoreError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw StoreError(.folder, "cannot remove '\(path)': \(String(cString: strerror(errno)))")
        }
    }

    /// Removes a folder that holds parts of a store and nothing else, if it is there.
    package static func removeStore(_ path: String) throws(StoreError) {
        guard exists(path) else { return }
        for part in StoreFiles.parts { try remove(file: path + "/" + part) }
        guard rmdir(path) == 0 else {
            throw StoreError(.folder, "cannot remove folder '\(path)': \(String(cString: strerror(errno)))")
        }
    }

    /// Makes the entries of a folder durable.
    ///
    /// - Throws: `folder` when it cannot be opened; `failed` when the flush fails: what is on the disk is unknown then.
    package static func sync(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreError(.folder, "cannot open folder '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { _ = close(descriptor) }
        // Some file systems have nothing to flush for a folder, and say so.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw StoreError(.failed, "cannot flush folder '\(path)': \(String(cString: strerror(errno)))")
        }
    }
}

/// Bytes that are free on the disk of a folder, and bytes that it has in all.
package func diskRoom(of folder: String) -> (free: UInt64, total: UInt64) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return (.max, 0) }
    return (UInt64(status.f_bavail) * UInt64(status.f_frsize), UInt64(status.f_blocks) * UInt64(status.f_frsize))
}
