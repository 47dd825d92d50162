// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The right of one process to use a data folder; the kernel takes it back when the process ends, however it ends.
final class FolderLock {
    private let descriptor: CInt

    init(folder: String) throws(StoreError) {
        let path = folder + "/martlet.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.folder, "cannot write to data folder '\(folder)': \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StoreError(.locked, "data folder '\(folder)' is in use by another martlet process")
        }
    }

    deinit {
        // Only a descriptor that was given is given back.
        guard descriptor >= 0 else { return }
        // A child that is just being started still has the descriptor; the lock goes all the same.
        _ = flock(descriptor, LOCK_UN)
        _ = close(descriptor)
    }
}

/// Makes a folder and those above it.
func makeFolder(_ path: String) throws(StoreError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
        made += "/" + part
        if mkdir(made, 0o700) != 0, errno != EEXIST {
            throw StoreError(.folder, "cannot make data folder '\(path)': \(String(cString: strerror(errno)))")
        }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw StoreError(.folder, "data folder '\(path)' is not a folder")
    }
}

/// Bytes that are free on the disk of a folder, and bytes that it has in all.
func diskRoom(of folder: String) -> (free: UInt64, total: UInt64) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return (.max, 0) }
    return (UInt64(status.f_bavail) * UInt64(status.f_frsize), UInt64(status.f_blocks) * UInt64(status.f_frsize))
}
