// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether a file can be read.
enum FileAccess {
    /// Whether something is there that is no file and no folder: a pipe or a device, whose reader may wait without end.
    static func isUnending(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    /// Why it cannot, as the system says it; nil when it can.
    static func complaint(about path: String) -> String? {
        guard access(path, R_OK) != 0 else { return nil }
        // SAFETY: `strerror` answers a string for every number, which is copied at once.
        return strerror(errno).map { String(cString: $0).lowercased() } ?? "it cannot be read"
    }
}
