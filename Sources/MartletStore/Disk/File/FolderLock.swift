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
package final class FolderLock {
    private let descriptor: CInt

    /// Takes it, or throws `locked`.
    package init(folder: String) throws(StoreError) {
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
