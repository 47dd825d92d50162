// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

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
