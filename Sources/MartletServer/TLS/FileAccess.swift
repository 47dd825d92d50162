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
    /// Why it cannot, as the system says it; nil when it can.
    static func complaint(about path: String) -> String? {
        guard access(path, R_OK) != 0 else { return nil }
        // SAFETY: `strerror` answers a string for every number, which is copied at once.
        return strerror(errno).map { String(cString: $0).lowercased() } ?? "it cannot be read"
    }
}
