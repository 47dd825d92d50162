// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A data file, read page by page and not through a map, so that what is not there is an error and not a signal.
final class PageFile {
    /// Bytes of the file.
    let size: Int
    private let descriptor: CInt

    /// Opens a file; nil when there is none.
    ///
    /// Close it before LMDB opens the file's environment: closing any descriptor of a file drops its locks.
    init?(path: String) throws(LMDBError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        size = descriptor < 0 ? 0 : Int(lseek(descriptor, 0, SEEK_END))
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw LMDBError(code: LMDBError.Code(rawValue: errno), operation: "open")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Reads some bytes.
    ///
    /// - Throws: `FileDamage` when the file ends before them, `LMDBError` when they cannot be read.
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw LMDBError(code: LMDBError.Code(rawValue: errno), operation: "pread") }
            guard got > 0 else { throw FileDamage("it ends after \(size) bytes, before what it refers to") }
            done += got
        }
        return bytes
    }
}
