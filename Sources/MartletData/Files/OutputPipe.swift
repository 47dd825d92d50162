// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A pipe that is written to as fast as it is read, and no faster: no write blocks.
struct OutputPipe {
    /// A pipe that can be written takes as much without waiting.
    private static let piece = 4_096
    private static let patience: Int32 = 200

    let descriptor: Int32
    private let isPipe: Bool

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        isPipe = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    /// Writes bytes; while the reader is slow, `meanwhile` is asked again and again whether to go on.
    func write(_ bytes: [UInt8], meanwhile: () throws -> Void) throws {
        guard isPipe else {
            guard OutputFile.write(bytes, to: descriptor) else { throw OutputFile.failure(Self.cannot) }
            return
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let ready = poll(&wait, 1, Self.patience)
            guard ready >= 0 || errno == EINTR else { throw OutputFile.failure(Self.cannot) }
            guard ready > 0 else {
                try meanwhile()
                continue
            }
            let part = Array(rest.prefix(Self.piece))
            guard OutputFile.write(part, to: descriptor) else { throw OutputFile.failure(Self.cannot) }
            rest = rest.dropFirst(part.count)
        }
    }

    private static let cannot = "cannot write to standard output"
}
