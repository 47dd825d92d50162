// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The right to read the data file of a folder while a broker uses it, or to replace it while no other process does.
///
/// The broker knows nothing of it. It keeps a file from being replaced by `compact` under those that read it: they and
/// a broker that starts would know nothing of each other.
final class ReaderLock {
    private let descriptor: Int32

    init(folder: String, exclusive: Bool) throws(DataError) {
        let path = folder + "/" + StoreFiles.data
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT else {
                throw DataError(.refused, StoreFiles.unfinishedCopy(in: folder) ?? "there is no data file '\(path)'")
            }
            throw OutputFile.failure("cannot read '\(path)'")
        }
        guard flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            throw DataError(
                .locked, exclusive ? "'\(path)' is being read by another data command" : "'\(path)' is being compacted")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
