// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit

/// One of very many connections: a socket, with TLS or without, and no more memory than that takes.
final class CrowdMember {
    private let descriptor: Int32
    private let tls: TLSEngine?
    private var text: [UInt8] = []

    /// Connects.
    init(_ port: Int, _ tls: TLSEngine? = nil) throws {
        self.tls = tls
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        // What turns a hang into a failure.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
        }
        if let output = try tls?.takeOutput() { try put(output) }
    }

    deinit { close(descriptor) }

    /// Sends text, once TLS is agreed on.
    func say(_ text: String) throws {
        guard let tls else { return try put(Array(text.utf8)) }
        Array(text.utf8).withUnsafeBytes { tls.write($0) }
        try put(tls.takeOutput())
    }

    /// Puts bytes on the wire as they are; that the other side has closed is noticed when its last words are read.
    func put(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// The next line without its end; empty when the connection is closed.
    func line() throws -> String {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            if let end = text.firstIndex(of: 0x0A) {
                defer { text.removeSubrange(...end) }
                return String(decoding: text[..<(end - 1)], as: UTF8.self)
            }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return "" }
            guard count > 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            guard let tls else {
                text += chunk[..<count]
                continue
            }
            text += try chunk[..<count].withUnsafeBytes { try tls.receive($0) }
            try put(tls.takeOutput())
        }
    }
}
