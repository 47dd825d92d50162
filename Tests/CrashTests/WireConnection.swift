// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a conversation with the broker is over.
enum WireError: Error, CustomStringConvertible {
    /// The connection cannot be made, or is gone.
    case closed
    /// The broker has said nothing for as long as no broker may be silent.
    case silent
    /// The broker said what the protocol does not know.
    case violation(String)

    var description: String {
        switch self {
        case .closed: "the connection is closed"
        case .silent: "the broker does not answer"
        case .violation(let text): "the broker sent \(text)"
        }
    }
}

/// What the broker said.
enum WireFrame {
    /// `OK ...`, `DUP`, `NIL` or `QUEUED`, with what follows a `DATA` line.
    case reply(String, data: [UInt8])
    /// `ERR ...`
    case refusal(String)
    case message(WireMessage)
    case goodbye
    case lost
}

/// A message as a consumer gets it.
struct WireMessage {
    var consumer: Int
    var tag: Int
    var offset: Int
    var attempt: Int
    var identity: MessageIdentity?
}

/// A blocking connection of one thread, and as little of a client as the crash tests need.
final class WireConnection {
    /// Unanswered for so many milliseconds, the broker hangs.
    private static let silence: Int32 = 30_000

    private let descriptor: Int32
    private var output: [UInt8] = []
    private var input: [UInt8] = []
    private var start = 0
    private var chunk = [UInt8](repeating: 0, count: 1 << 18)

    /// Connects to the broker on this machine and says `HELLO`.
    ///
    /// - Parameters:
    ///   - receiveBuffer: bytes that the socket takes before they are read; nil leaves it to the system.
    ///   - heartbeat: seconds; nil leaves it to the broker.
    init(port: Int, receiveBuffer: Int32? = nil, heartbeat: Int? = nil) throws(WireError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        guard connected == 0 else { throw .closed }
        send("HELLO 1 client=crash-tests" + (heartbeat.map { " heartbeat=\($0)" } ?? ""))
        try flush()
        guard case .reply(let line, _) = try next(), line.hasPrefix("OK 1 ") else { throw .violation("no greeting") }
    }

    deinit { close(descriptor) }

    /// Queues a command.
    func send(_ line: String) {
        output.append(contentsOf: line.utf8)
        output.append(UInt8(ascii: "\n"))
    }

    /// Queues a command with its data.
    func send(_ line: String, body: [UInt8]) {
        send(line)
        output.append(contentsOf: body)
        output.append(UInt8(ascii: "\n"))
    }

    /// Sends what is queued.
    func flush() throws(WireError) {
        var sent = 0
        while sent < output.count {
            let count = output.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                output.removeAll()
                throw .closed
            }
            sent += count
        }
        output.removeAll(keepingCapacity: true)
    }

    /// Sends a command and waits for its reply; messages that come before it are thrown away.
    func request(_ line: String, body: [UInt8]? = nil) throws(WireError) -> (line: String, data: [UInt8]) {
        if let body { send(line, body: body) } else { send(line) }
        try flush()
        return try reply()
    }

    /// Waits for the next reply; messages that come before it are thrown away.
    func reply() throws(WireError) -> (line: String, data: [UInt8]) {
        while true {
            switch try next() {
            case .reply(let line, let data): return (line, data)
            case .refusal(let line): return (line, [])
            case .message, .goodbye, .lost: continue
            }
        }
    }

    /// Waits for what the broker says next; nil when there was nothing for so many milliseconds.
    func next(timeout: Int32) throws(WireError) -> WireFrame? {
        while true {
            if let frame = try buffered() { return frame }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, timeout)
            if ready == 0 { return nil }
            if ready < 0 { continue }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .closed }
            if start == input.count {
                input.removeAll(keepingCapacity: true)
                start = 0
            }
            input.append(contentsOf: chunk[..<count])
        }
    }

    /// Waits for what the broker says next.
    func next() throws(WireError) -> WireFrame {
        guard let frame = try next(timeout: Self.silence) else { throw .silent }
        return frame
    }

    /// What is already here; a `PING` is answered.
    func buffered() throws(WireError) -> WireFrame? {
        guard let end = lineEnd() else { return nil }
        let line = String(decoding: input[start..<end], as: UTF8.self)
        let words = line.split(separator: " ")
        let next = end + 2
        switch words.first {
        case "OK", "DUP", "NIL", "QUEUED": return take(next, .reply(line, data: []))
        case "ERR": return take(next, .refusal(line))
        case "BYE": return take(next, .goodbye)
        case "LOST": return take(next, .lost)
        case "PING":
            start = next
            send("PONG")
            try flush()
            return try buffered()
        case "DATA":
            let size = try number(words, 1)
            guard input.count >= next + size + 2 else { return nil }
            return take(next + size + 2, .reply(line, data: Array(input[next..<(next + size)])))
        case "MSG": return try message(words, next)
        default: throw .violation("'\(line.prefix(80))'")
        }
    }

    private func take(_ end: Int, _ frame: WireFrame) -> WireFrame {
        start = end
        return frame
    }

    private func message(_ words: [Substring], _ next: Int) throws(WireError) -> WireFrame? {
        let headers = words.first { $0.hasPrefix("hdr=") }.flatMap { Int($0.dropFirst(4)) } ?? 0
        let body = next + headers
        let end = body + (try number(words, 5))
        guard input.count >= end + 2 else { return nil }
        let id = words.first { $0.hasPrefix("id=") }.map { String($0.dropFirst(3)) } ?? ""
        let message = WireMessage(
            consumer: try number(words, 1), tag: try number(words, 2), offset: try number(words, 3),
            attempt: try number(words, 4), identity: MessageBody.identity(of: Array(input[body..<end]), id: id))
        return take(end + 2, .message(message))
    }

    private func number(_ words: [Substring], _ index: Int) throws(WireError) -> Int {
        guard index < words.count, let number = Int(words[index]), number >= 0 else {
            throw .violation("'\(words.joined(separator: " ").prefix(80))'")
        }
        return number
    }

    /// Where the line feed's carriage return stands; the broker always sends both.
    private func lineEnd() -> Int? {
        let found = input.withUnsafeBytes { bytes -> Int? in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
        return found.map { $0 - 1 }
    }
}
