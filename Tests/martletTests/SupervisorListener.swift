// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The socket of a supervisor, on which the broker tells how it is.
struct SupervisorListener {
    /// What `NOTIFY_SOCKET` is to be.
    let name: String
    private let descriptor: Int32

    /// Listens on a path, or under a name that begins with @ and stands in no folder.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes: [UInt8] = name.hasPrefix("@") ? [0] + name.utf8.dropFirst() : name.utf8 + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count)
        let code = withUnsafePointer(to: address) {
            // SAFETY: every address of a socket begins as a `sockaddr` does.
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(code == 0)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Waits for the next thing that is told; nil when nothing comes.
    func next() -> String? { receive(flags: 0) }

    /// The next thing if it has been told already.
    func pending() -> String? { receive(flags: Int32(MSG_DONTWAIT)) }

    /// Listens no more.
    func end() { close(descriptor) }

    private func receive(flags: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, flags)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
