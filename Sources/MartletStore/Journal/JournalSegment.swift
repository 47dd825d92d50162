// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CDirect

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One file of a journal, whose blocks are taken and zeroed before they are used, and used again and again.
final class JournalSegment {
    /// The most bytes of a segment.
    static let limit = PlantedBug.segmentLimit ?? 4 << 20
    /// The bytes with which one begins.
    private static let least = 64 << 10
    /// The most bytes by which it grows at once: a write of some two milliseconds.
    private static let most = 1 << 20

    let path: String
    private let descriptor: CInt
    /// Bytes that the file has.
    private(set) var capacity: Int
    /// Where the next record goes; 0 when its header is to be written first.
    var tail = 0
    /// Which use it is; 0 before the first.
    var life: UInt64 = 0
    /// The index of its first batch, as it was found; 0 when it had none.
    var first: UInt64 = 0
    /// The index of its last batch; 0 when it has none.
    var last: UInt64 = 0
    /// Where the last record was found to begin; 0 when there is none.
    var lastPlace = 0
    /// The header that is to be written once more, if it was not there.
    var missingHeader: JournalHeader?

    /// Opens a segment, or makes an empty one; one that is only read must be there.
    init(path: String, isRead: Bool = false) throws(StoreError) {
        self.path = path
        descriptor = isRead ? open(path, O_RDONLY | O_CLOEXEC) : martlet_open_direct(path)
        guard descriptor >= 0 else { throw Self.failure("cannot open the journal '\(path)'", .folder) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            _ = close(descriptor)
            throw Self.failure("cannot read the journal '\(path)'", .folder)
        }
        // What is not whole blocks was never written by a journal.
        capacity = min(Int(status.st_size) / BlockBuffer.block * BlockBuffer.block, Self.limit)
    }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// Whether it has all the bytes that a segment can have.
    var isWhole: Bool { capacity >= Self.limit }

    /// Whether it has more than the bytes with which it began.
    var hasGrown: Bool { capacity > Self.least }

    /// Takes blocks for so many bytes from the tail on, and an end mark; false when the segment or the disk has no room
    /// for them.
    func makeRoom(_ bytes: Int) throws(StoreError) -> Bool {
        let end = max(tail, JournalHeader.space) + bytes + JournalRecord.endSpace
        guard end <= Self.limit else { return false }
        while capacity < end { guard try grow() else { return false } }
        return true
    }

    /// Doubles the file, by a megabyte at most, with zeros that are written; false when the disk has no room.
    func grow() throws(StoreError) -> Bool {
        let part = min(max(capacity, Self.least), Self.most, Self.limit - capacity)
        let zeros = BlockBuffer(bytes: part)
        do throws(StoreError) {
            try write(UnsafeRawBufferPointer(rebasing: zeros.bytes[..<part]), at: capacity)
        } catch {
            guard error.code == .full else { throw error }
            return false
        }
        capacity += part
        return true
    }

    /// Writes bytes at a place.
    ///
    /// - Throws: `full` when the disk is, else `failed`.
    func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, place + done)
            if count < 0, isRetried() { continue }
            guard count > 0 else {
                let code: StoreError.Code = errno == ENOSPC || errno == EDQUOT ? .full : .failed
                throw Self.failure("cannot write to the journal '\(path)'", code)
            }
            done += count
        }
    }

    /// Whether a call that failed is made again: it was interrupted, or the file system takes no such calls past the
    /// cache although it said so.
    private func isRetried() -> Bool {
        errno == EINTR || errno == EINVAL && martlet_end_direct(descriptor) == 1
    }

    /// Begins the file anew, with a header.
    func makeAnew(_ header: [UInt8]) throws(StoreError) {
        guard ftruncate(descriptor, 0) == 0 else {
            throw Self.failure("cannot write to the journal '\(path)'", .failed)
        }
        capacity = 0
        guard try makeRoom(0) else { throw Self.failure("cannot write to the journal '\(path)'", .full) }
        let block = BlockBuffer()
        header.withUnsafeBytes { block.put($0, at: 0) }
        try write(UnsafeRawBufferPointer(block.bytes), at: 0)
    }

    /// Writes the last record that was found once more: when its flush failed, the system may take it for written.
    func writeLastAgain() throws(StoreError) {
        guard lastPlace > 0 else { return }
        let bytes = try contents()
        try write(UnsafeRawBufferPointer(rebasing: bytes.bytes[lastPlace..<tail]), at: lastPlace)
    }

    /// Makes what was written durable.
    func flush() throws(StoreError) {
        #if canImport(Darwin)
        let result = fcntl(descriptor, F_FULLFSYNC)
        #else
        let result = fdatasync(descriptor)
        #endif
        guard result == 0 else { throw Self.failure("cannot flush the journal '\(path)'", .failed) }
    }

    /// All bytes of the file.
    func contents() throws(StoreError) -> BlockBuffer {
        let buffer = BlockBuffer(bytes: max(capacity, BlockBuffer.block))
        var done = 0
        while done < capacity {
            let count = pread(descriptor, buffer.bytes.baseAddress?.advanced(by: done), capacity - done, done)
            if count < 0, isRetried() { continue }
            guard count >= 0 else { throw Self.failure("cannot read the journal '\(path)'", .failed) }
            guard count > 0 else { break }
            done += count
        }
        return buffer
    }

    private static func failure(_ what: String, _ code: StoreError.Code) -> StoreError {
        StoreError(code, "\(what): \(String(cString: strerror(errno)))")
    }
}
