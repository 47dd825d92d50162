// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The socket on which the supervisor of this process, systemd as a rule, is told how it is.
///
/// The form is that of sd_notify: a datagram of lines such as `READY=1` to the socket that `NOTIFY_SOCKET` names.
struct SupervisorSocket: Sendable {
    /// The name of the socket, with the byte that ends a path or begins an abstract name.
    private let name: [UInt8]
    /// Within what time the supervisor must hear that the broker is alive; nil when it does not ask.
    let watchdog: Duration?

    /// The socket that the environment names; nil when there is none.
    ///
    /// - Parameter process: the number of this process, for which alone a watchdog is meant.
    init?(environment: [String: String], process: Int32 = getpid()) {
        guard let text = environment["NOTIFY_SOCKET"] else { return nil }
        let bytes = Array(text.utf8)
        // A path, or with an @ a name that stands in no folder.
        switch bytes.first {
        case UInt8(ascii: "/"): name = bytes + [0]
        case UInt8(ascii: "@"): name = [0] + bytes.dropFirst()
        default: return nil
        }
        guard bytes.count > 1, name.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        watchdog = environment["WATCHDOG_USEC"].flatMap { Int($0) }.flatMap { microseconds in
            isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
        }
    }

    /// Tells lines such as `READY=1`; a supervisor that does not listen does not delay the broker.
    func tell(_ lines: String...) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path) + name.count
        let text = lines.joined(separator: "\n")
        withUnsafePointer(to: address) { pointer in
            // SAFETY: every address of a socket begins as a `sockaddr` does; the system reads `length` of it.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
    }
}
