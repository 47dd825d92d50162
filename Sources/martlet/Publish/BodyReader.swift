// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads one body from whatever can be opened: a file, a pipe, a device or standard input.
struct BodyReader {
    private static let piece = 1 << 16

    /// What is read, to be waited for before each `read`.
    let descriptor: Int32
    private let path: String
    private let limit: Int
    private var body: [UInt8] = []

    /// Opens a path; `-` is standard input.
    ///
    /// - Parameter limit: the bytes that a body may have.
    init(_ path: String, limit: Int) throws(CommandFailure) {
        self.path = path
        self.limit = limit
        // A socket cannot be opened again by its path, and standard input may be one.
        if ["-", "/dev/stdin"].contains(path) {
            descriptor = STDIN_FILENO
        } else {
            // A pipe without a writer is waited for in `poll`, where a signal is noticed.
            descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw failure(errno) }
    }

    /// Reads once, which blocks only when nothing is there.
    ///
    /// - Returns: the body, once its end has come; nil before.
    mutating func read() throws(CommandFailure) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 {
            guard errno == EINTR || errno == EAGAIN else { throw failure(errno) }
            return nil
        }
        if count == 0 { return body }
        body.append(contentsOf: buffer[..<count])
        guard body.count <= limit else {
            throw CommandFailure(
                .usage, "the file '\(path)' has more than \(limit) bytes, which is the most that the broker takes")
        }
        return nil
    }

    private func failure(_ number: Int32) -> CommandFailure {
        CommandFailure(.io, "cannot read the file '\(path)' (\(String(cString: strerror(number))))")
    }
}
