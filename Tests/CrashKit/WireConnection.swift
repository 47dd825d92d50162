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

/// A blocking connection of one thread, and as little of a client as the crash tests need.
final class WireConnection {
    /// Unanswered for so many milliseconds, the broker hangs.
    private static let silence: Int32 = 30_000

    /// Commands that were answered.
    private(set) var replies = 0
    /// The port of this end, by which the broker's side knows the connection.
    private(set) var localPort = 0
    /// What a later connection has to say to go on with this one's consumers.
    private(set) var session = ""
    private let descriptor: Int32
    private var output: [UInt8] = []
    private var frames = FrameReader()
    private var answeredPings = 0
    private var chunk = [UInt8](repeating: 0, count: 1 << 18)

    /// Connects to the broker on this machine and says `HELLO`.
    ///
    /// - Parameters:
    ///   - receiveBuffer: bytes that the socket takes before they are read; nil leaves it to the system.
    ///   - session: the session of an earlier connection that it goes on with.
    ///   - heartbeat: seconds; nil leaves it to the broker.
    init(
        port: Int, receiveBuffer: Int32? = nil, session earlier: String? = nil, heartbeat: Int? = nil
    ) throws(WireError) {
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
        var own = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        localPort = Int(in_port_t(bigEndian: own.sin_port))
        guard connected == 0 else { throw .closed }
        let options = (earlier.map { " session=\($0)" } ?? "") + (heartbeat.map { " heartbeat=\($0)" } ?? "")
        send("HELLO 1 client=crash-tests\(options)")
        try flush()
        guard case .reply(let line, _) = try next(), line.hasPrefix("OK 1 ") else { throw .violation("no greeting") }
        let word = line.split(separator: " ").first { $0.hasPrefix("session=") }
        session = word.map { String($0.dropFirst("session=".count)) } ?? ""
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
            frames.append(chunk[..<count])
        }
    }

    /// Waits for what the broker says next.
    func next() throws(WireError) -> WireFrame {
        guard let frame = try next(timeout: Self.silence) else { throw .silent }
        return frame
    }

    /// What is already here; a `PING` is answered.
    func buffered() throws(WireError) -> WireFrame? {
        let frame = try frames.next()
        while answeredPings < frames.pings {
            answeredPings += 1
            send("PONG")
            try flush()
        }
        switch frame {
        case .reply, .refusal: replies += 1
        default: break
        }
        return frame
    }
}
