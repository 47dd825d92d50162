// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Wakes a thread that waits in `poll`, also for descriptors of its own such as standard input.
final class Bell: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(ClientError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            // SAFETY: `strerror` answers a string for every number, which is copied at once.
            throw ClientError(.unreachable, "cannot open a pipe (\(String(cString: strerror(errno))))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Ends the wait that there is, or the next one.
    func ring() {
        var byte: UInt8 = 1
        // When the pipe is full, it has rung more often than is needed.
        _ = write(writeEnd, &byte, 1)
    }

    /// Waits until it rings, another descriptor is ready, or time is up.
    ///
    /// - Parameters:
    ///   - others: descriptors to wait for until they can be read.
    ///   - writable: descriptors to wait for until they can be written.
    ///   - timeout: milliseconds; nil waits without a limit.
    /// - Returns: whether another descriptor is ready.
    func wait(orReadable others: [Int32], orWritable writable: [Int32] = [], timeout: Int?) -> Bool {
        var waits = ([readEnd] + others).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        waits += writable.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
        guard poll(&waits, nfds_t(waits.count), timeout.map { Int32(clamping: $0) } ?? -1) > 0 else { return false }
        if waits[0].revents != 0 {
            var bytes: UInt64 = 0
            // SAFETY: a number has room for as many bytes as it is large.
            _ = withUnsafeMutableBytes(of: &bytes) { read(readEnd, $0.baseAddress, $0.count) }
        }
        return waits.dropFirst().contains { $0.revents != 0 }
    }
}
