// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletTestKit

/// One connection of the load: a blocking socket and one buffer, and nothing done per message but a search for
/// the end of its line.
final class LoadConnection {
    /// How often a thread that waits looks whether it has to stop.
    private static let tick = timeval(tv_sec: 0, tv_usec: 50_000)
    private static let ticksUntilSilent = 60 * 20

    private let descriptor: Int32
    private let stop: StopSign
    /// What secures the connection; nil when nothing does.
    private let tls: TLSEngine?
    // SAFETY: allocated with the connection and freed with it; `start <= end <= buffer.count` holds throughout.
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private var start = 0
    private var end = 0

    /// When the bytes came that were read last.
    private(set) var filledAt: UInt64 = 0

    /// Connects and says hello.
    ///
    /// The longest heartbeat there is keeps `PING` out of the measurement.
    init(_ address: ServerAddress, stop: StopSign) throws {
        descriptor = try Self.open(address)
        self.stop = stop
        tls = try LoadSecurity.current.map { try TLSEngine($0.clientTLS()) }
        try sendOutput()
        try request("HELLO 1 client=benchmarks heartbeat=3600")
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    private static func open(_ address: ServerAddress) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, "\(address.port)", &hints, &list)
        guard status == 0 else {
            throw BenchmarkFailure("the host '\(address.host)' is not known (\(String(cString: gai_strerror(status))))")
        }
        defer { freeaddrinfo(list) }
        var reason: Int32 = 0
        var candidate = list
        while let address = candidate?.pointee {
            let descriptor = socket(
                address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
            if descriptor >= 0 {
                if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
                    prepare(descriptor)
                    return descriptor
                }
                reason = errno
                close(descriptor)
            }
            candidate = address.ai_next
        }
        throw BenchmarkFailure(
            "cannot connect to \(address.host):\(address.port) (\(String(cString: strerror(reason))))")
    }

    private static func prepare(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var tick = tick
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &tick, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    // MARK: - Sending

    /// Sends bytes, and waits until the socket has taken them.
    func send(_ bytes: UnsafeRawBufferPointer) throws {
        guard let tls else { return try put(bytes) }
        tls.write(bytes)
        try sendOutput()
    }

    /// Sends what TLS has made of everything so far.
    private func sendOutput() throws {
        guard let output = try tls?.takeOutput(), !output.isEmpty else { return }
        try output.withUnsafeBytes { try put($0) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        var ticks = 0
        while !rest.isEmpty {
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                ticks = 0
            } else {
                try wait(&ticks)
            }
        }
    }

    /// Sends text.
    func send(_ text: String) throws {
        var text = text
        try text.withUTF8 { try send(UnsafeRawBufferPointer($0)) }
    }

    /// Sends one command and waits for its reply, which has to be `OK`.
    @discardableResult
    func request(_ command: String) throws -> String {
        try send(command + "\r\n")
        let reply = try line { false }.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard reply.hasPrefix("OK") else { throw BenchmarkFailure("\(command): \(reply)") }
        return reply
    }

    /// Sends one command and waits for the data of its reply.
    func data(_ command: String) throws -> [UInt8] {
        try send(command + "\r\n")
        let reply = try line { false }.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let words = reply.split(separator: " ")
        guard words.count >= 2, words[0] == "DATA", let length = Int(words[1]) else {
            throw BenchmarkFailure("\(command): \(reply)")
        }
        return try Array(take(length + 2).prefix(length))
    }

    // MARK: - Receiving

    /// Whether bytes are here that were not looked at.
    var hasMore: Bool { start < end }

    /// Waits for at least one confirm and takes all that are here.
    func confirms() throws -> Int {
        var count = 0
        while count == 0 {
            if !hasMore { _ = try fill { false } }
            while let line = bufferedLine() {
                guard isOK(line) else { throw unexpected(line) }
                count += 1
            }
            if count == 0, hasMore { _ = try fill { false } }
        }
        return count
    }

    /// The next line without its end, waiting for it; its bytes are there until the next call.
    ///
    /// - Parameter isDone: whether the line is no longer wanted, asked from time to time.
    /// - Returns: nil when it is no longer wanted.
    func line(orUntil isDone: () -> Bool) throws -> UnsafeRawBufferPointer? {
        while true {
            if let line = bufferedLine() { return line }
            if try !fill(isDone) { return nil }
        }
    }

    /// The next bytes, waiting for them; they are there until the next call.
    func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        while end - start < count { _ = try fill { false } }
        defer { start += count }
        // SAFETY: that many bytes are between `start` and `end`; they stay until the buffer is filled again.
        return UnsafeRawBufferPointer(rebasing: buffer[start..<(start + count)])
    }

    /// Waits until something can be read, or until a moment of the steady clock.
    func waitToRead(until moment: UInt64) {
        let now = SteadyClock.now()
        guard moment > now else { return }
        // `poll` counts whole milliseconds, which is too coarse here.
        var time = timespec(
            tv_sec: Int((moment - now) / 1_000_000_000), tv_nsec: Int((moment - now) % 1_000_000_000))
        var readable = fd_set()
        // SAFETY: the set is a plain array of bits, and the place is checked.
        withUnsafeMutableBytes(of: &readable) { set in
            precondition(descriptor < 8 * set.count, "the options allow fewer connections than a set has places")
            set[Int(descriptor) / 8] |= 1 << UInt8(descriptor % 8)
        }
        pselect(descriptor + 1, &readable, nil, nil, &time, nil)
    }

    /// Whether something can be read without waiting.
    var isReadable: Bool {
        if hasMore { return true }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, 0) > 0
    }

    /// What is thrown for a line that does not belong here.
    func unexpected(_ line: UnsafeRawBufferPointer) -> BenchmarkFailure {
        BenchmarkFailure("the broker said: \(String(decoding: line, as: UTF8.self))")
    }

    private func isOK(_ line: UnsafeRawBufferPointer) -> Bool {
        line.count >= 2 && line[0] == UInt8(ascii: "O") && line[1] == UInt8(ascii: "K")
    }

    private func bufferedLine() -> UnsafeRawBufferPointer? {
        // SAFETY: the search stays between `start` and `end`, so what it finds does too.
        guard let base = buffer.baseAddress, let found = memchr(base + start, Int32(UInt8(ascii: "\n")), end - start)
        else { return nil }
        let first = start
        let newline = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        start = newline + 1
        let last = newline > first && buffer[newline - 1] == UInt8(ascii: "\r") ? newline - 1 : newline
        return UnsafeRawBufferPointer(start: base + first, count: last - first)
    }

    private func fill(_ isDone: () -> Bool) throws -> Bool {
        makeRoom()
        var ticks = 0
        while true {
            // SAFETY: `makeRoom` leaves at least one byte behind `end`.
            let count = recv(descriptor, buffer.baseAddress.map { $0 + end }, buffer.count - end, 0)
            if count > 0 {
                filledAt = SteadyClock.now()
                if try accept(count) { return true }
                makeRoom()
                continue
            }
            guard count < 0 else { throw BenchmarkFailure("the broker closed the connection") }
            try wait(&ticks)
            if isDone() { return false }
        }
    }

    /// Takes over bytes that were read to behind `end`.
    ///
    /// - Returns: false when they say nothing yet.
    private func accept(_ count: Int) throws -> Bool {
        guard let tls else {
            end += count
            return true
        }
        // SAFETY: that many bytes were read there.
        let plain = try tls.receive(UnsafeRawBufferPointer(rebasing: buffer[end..<(end + count)]))
        try sendOutput()
        while buffer.count - end < plain.count { grow() }
        UnsafeMutableRawBufferPointer(rebasing: buffer[end...]).copyBytes(from: plain)
        end += plain.count
        return !plain.isEmpty
    }

    private func makeRoom() {
        if start == end { (start, end) = (0, 0) }
        if end == buffer.count { grow() }
    }

    private func grow() {
        let size = start > 0 ? buffer.count : 2 * buffer.count
        // SAFETY: the new buffer has room for what is left, and no pointer is held into the old one.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        buffer.deallocate()
        buffer = room
        (start, end) = (0, end - start)
    }

    /// Called when the socket gave or took nothing for a tick.
    private func wait(_ ticks: inout Int) throws {
        guard errno == EAGAIN || errno == EINTR else {
            throw BenchmarkFailure("the connection to the broker broke (\(String(cString: strerror(errno))))")
        }
        try stop.check()
        ticks += 1
        if ticks > Self.ticksUntilSilent { throw BenchmarkFailure("the broker was silent for a minute") }
    }
}
