// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit
import Testing

/// Why a conversation did not go on.
enum WireError: Error {
    case cannotConnect(Int32)
    /// The broker said nothing for so long that it never will.
    case timeout
    /// The broker closed the connection.
    case closed
    case unexpected(String)
}

/// A client that does nothing but send bytes and read frames, each within a deadline.
// SAFETY: a test uses its clients from one thread at a time.
final class WireClient: @unchecked Sendable {
    /// What turns a hang into a failure.
    private static let deadline: Int32 = 60_000

    private let descriptor: Int32
    /// What secures the conversation; nil when nothing does.
    private let tls: TLSEngine?
    private var buffer: [UInt8] = []
    private var start = 0
    private var replies: [WireFrame] = []
    private var pushes: [WireFrame] = []

    /// Connects, and says hello unless that is the test's business.
    ///
    /// - Parameters:
    ///   - tls: what secures the conversation; without it that is what secures all of them, if anything does.
    ///   - isPlain: whether nothing secures it, whatever secures the others.
    init(
        _ port: Int, hello: String? = "HELLO 1 client=test heartbeat=0", receiveBuffer: Int32? = nil,
        tls: TLSEngine? = nil, isPlain: Bool = false
    ) throws {
        self.tls = isPlain ? nil : try tls ?? WireSecurity.suite.map { try TLSEngine($0.clientTLS()) }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw WireError.cannotConnect(errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        try sendOutput()
        guard let hello else { return }
        let reply = try ask(hello)
        guard reply.hasPrefix("OK 1 martlet/") else { throw WireError.unexpected(reply) }
    }

    deinit { close(descriptor) }

    // MARK: - Sending

    /// Sends bytes; a broker that has closed is noticed when its last words are read.
    func send(_ bytes: [UInt8]) throws {
        guard let tls else { return try put(bytes) }
        bytes.withUnsafeBytes { tls.write($0) }
        try sendOutput()
    }

    /// Sends what TLS has made of everything so far.
    private func sendOutput() throws {
        if let output = try tls?.takeOutput(), !output.isEmpty { try put(output) }
    }

    /// Puts bytes on the wire as they are.
    func put(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Foundation.send(
                    descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(for: Int16(POLLOUT))
            } else if errno == EPIPE || errno == ECONNRESET {
                return
            }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends a line, and data behind it.
    func say(_ line: String, _ data: String? = nil) throws {
        try send(line + "\r\n" + (data.map { $0 + "\r\n" } ?? ""))
    }

    /// Says that nothing more will be sent.
    ///
    /// What was said waits for TLS to be agreed on, so that is waited for first.
    ///
    /// - Parameter orderly: whether TLS says goodbye before.
    func endInput(orderly: Bool = true) throws {
        try handshake()
        if orderly, let tls {
            tls.endOutput()
            // A broker that has closed is noticed when its last words are read.
            try? sendOutput()
        }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Has TLS say goodbye and keeps the socket open in both directions.
    func sayGoodbye() throws {
        tls?.endOutput()
        try sendOutput()
    }

    /// Breaks the connection.
    func disconnect() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    // MARK: - Reading

    /// The next frame; nil at the end of the conversation.
    func frame() throws -> WireFrame? {
        guard let line = try line() else { return nil }
        var frame = WireFrame(line: line)
        guard let length = frame.dataLength else { return frame }
        while buffer.count - start < length + 2 {
            guard try fill() else { throw WireError.closed }
        }
        frame.data = Array(buffer[start..<(start + length)])
        guard buffer[start + length] == 0x0D, buffer[start + length + 1] == 0x0A else {
            throw WireError.unexpected("no line end behind the data of '\(line)'")
        }
        start += length + 2
        return frame
    }

    /// The next reply; pushes before it are kept.
    func reply() throws -> WireFrame {
        while replies.isEmpty { try take() }
        return replies.removeFirst()
    }

    /// The next push; replies before it are kept.
    func push() throws -> WireFrame {
        while pushes.isEmpty { try take() }
        return pushes.removeFirst()
    }

    /// The next push, which must be a message.
    func message() throws -> WireFrame {
        let push = try push()
        guard push.line.hasPrefix("MSG ") else { throw WireError.unexpected(push.line) }
        return push
    }

    /// The lines of pushes that have been read and not been asked for.
    var heldPushes: [String] { pushes.map(\.line) }

    /// All lines until the broker closes the connection.
    func rest() throws -> [String] {
        var lines = (replies + pushes).map(\.line)
        while let frame = try frame() { lines.append(frame.line) }
        return lines
    }

    /// All bytes until the broker closes the connection, as they are on the wire.
    func plainRest() throws -> String {
        while try fill() {}
        return String(decoding: buffer[start...], as: UTF8.self)
    }

    /// Waits until TLS is agreed on, of which the broker's tickets are the last thing to come.
    func handshake() throws {
        guard let tls else { return }
        while !tls.isEstablished {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                buffer += try chunk[..<count].withUnsafeBytes { try tls.receive($0) }
                try sendOutput()
            } else if count == 0 {
                throw WireError.closed
            } else {
                try wait(for: Int16(POLLIN))
            }
        }
    }

    private func take() throws {
        guard let frame = try frame() else { throw WireError.closed }
        if frame.isPush { pushes.append(frame) } else { replies.append(frame) }
    }

    private func line() throws -> String? {
        var searched = 0
        while true {
            if let end = buffer[(start + searched)...].firstIndex(of: 0x0A) {
                guard end > start, buffer[end - 1] == 0x0D else { throw WireError.unexpected("a line without CR") }
                defer { start = end + 1 }
                return String(decoding: buffer[start..<(end - 1)], as: UTF8.self)
            }
            searched = buffer.count - start
            guard try fill() else { return nil }
        }
    }

    /// Reads what is there; false at the end.
    private func fill() throws -> Bool {
        if start > 1 << 20 || start == buffer.count {
            buffer.removeFirst(start)
            start = 0
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                let length = buffer.count
                if let tls {
                    buffer += try chunk[..<count].withUnsafeBytes { try tls.receive($0) }
                    try sendOutput()
                } else {
                    buffer.append(contentsOf: chunk[..<count])
                }
                if buffer.count > length { return true }
                continue
            }
            if count == 0 || errno == ECONNRESET { return false }
            try wait(for: Int16(POLLIN))
        }
    }

    private func wait(for events: Int16) throws {
        var request = pollfd(fd: descriptor, events: events, revents: 0)
        guard poll(&request, 1, Self.deadline) > 0 else { throw WireError.timeout }
    }
}
