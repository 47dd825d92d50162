// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that is written beside its place and gets its name when it is whole and on the disk.
final class OutputFile {
    let path: String
    /// Where it is written.
    let draft: String
    let descriptor: Int32
    private var isDone = false

    /// Begins a file.
    ///
    /// - Throws: `refused` when there is one of that name and it must not be replaced.
    init(path: String, replacing: Bool) throws(DataError) {
        self.path = path
        draft = path + ".new"
        guard replacing || access(path, F_OK) != 0 else {
            throw DataError(.refused, "'\(path)' exists; --replace writes over it")
        }
        descriptor = try Self.take(draft)
    }

    /// Opens a file for this process alone, and empties it.
    ///
    /// A second command would write into the same file, and perhaps still after the first has given it its name.
    private static func take(_ draft: String) throws(DataError) -> Int32 {
        while true {
            let descriptor = open(draft, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw failure("cannot write '\(draft)'") }
            var (status, named) = (stat(), stat())
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw DataError(.refused, "'\(draft)' is not a file")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw DataError(.locked, "'\(draft)' is being written by another command")
            }
            // Since it was opened it may have got its name, or have gone.
            if stat(draft, &named) == 0, named.st_ino == status.st_ino, named.st_dev == status.st_dev {
                guard ftruncate(descriptor, 0) == 0 else {
                    let failure = failure("cannot write '\(draft)'")
                    close(descriptor)
                    throw failure
                }
                return descriptor
            }
            close(descriptor)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // As long as it is ours: behind the lock it may be another command's.
        if !isDone { unlink(draft) }
        close(descriptor)
    }

    func write(_ bytes: [UInt8]) throws(DataError) {
        guard Self.write(bytes, to: descriptor) else { throw Self.failure("cannot write '\(draft)'") }
    }

    /// Makes what was written durable.
    func sync() throws(DataError) {
        guard fsync(descriptor) == 0 else { throw Self.failure("cannot flush '\(draft)'") }
    }

    /// Gives the file its name.
    func commit() throws(DataError) {
        guard rename(draft, path) == 0 else { throw Self.failure("cannot give '\(draft)' the name '\(path)'") }
        isDone = true
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try DataError.of { try Folder.sync(folder) }
    }

    /// Writes all bytes; false with `errno` set when that is not possible.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                #if canImport(Glibc)
                return Glibc.write(descriptor, rest.baseAddress, rest.count)
                #else
                return Darwin.write(descriptor, rest.baseAddress, rest.count)
                #endif
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// A failed call, with the system's reason.
    static func failure(_ what: String) -> DataError {
        DataError(.io, "\(what): \(String(cString: strerror(errno)))")
    }
}
