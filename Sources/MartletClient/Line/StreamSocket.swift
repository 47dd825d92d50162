// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One TCP connection that never blocks in a read or a write, only in `poll`.
struct StreamSocket: ~Copyable {
    private let descriptor: Int32

    /// Opens a connection.
    ///
    /// - Parameter timeout: milliseconds that each address of the host is given.
    init(host: String, port: Int, timeout: Int) throws(ClientError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, "\(port)", &hints, &list)
        guard status == 0 else {
            let reason = String(cString: gai_strerror(status))
            throw ClientError(.unreachable, "the host '\(host)' is not known (\(reason))")
        }
        defer { freeaddrinfo(list) }
        var reason = "no address"
        var candidate = list
        while let address = candidate?.pointee {
            switch Self.connect(address, timeout: timeout) {
            case .success(let descriptor):
                self.descriptor = descriptor
                return
            case .failure(let failure): reason = describe(failure.code)
            }
            candidate = address.ai_next
        }
        throw ClientError(.unreachable, "cannot connect to \(host):\(port) (\(reason))")
    }

    deinit { close(descriptor) }

    private struct SystemFailure: Error { var code: Int32 }

    private static func connect(_ address: addrinfo, timeout: Int) -> Result<Int32, SystemFailure> {
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, address.ai_socktype | flags, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(SystemFailure(code: errno)) }
        var failure: Int32 = 0
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 { failure = errno }
        if failure == EINPROGRESS {
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let ready = poll(&wait, 1, Int32(timeout))
            failure = ready == 0 ? ETIMEDOUT : ready < 0 ? errno : 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            if ready > 0 { getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) }
        }
        guard failure == 0 else {
            close(descriptor)
            return .failure(SystemFailure(code: failure))
        }
        // A lone command must not wait for the answer to the one before it.
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return .success(descriptor)
    }

    /// What can be done after a wait.
    struct Readiness {
        var readable = false
        var writable = false
        var other = false
    }

    /// Waits until the socket can be read (or written, if asked), another descriptor can be read, or time is up.
    ///
    /// - Parameter timeout: milliseconds.
    func wait(toWrite: Bool, other: [Int32], timeout: Int) throws(ClientError) -> Readiness {
        var waits = [pollfd(fd: descriptor, events: Int16(POLLIN | (toWrite ? POLLOUT : 0)), revents: 0)]
        for descriptor in other { waits.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
        let ready = poll(&waits, nfds_t(waits.count), Int32(clamping: max(timeout, 0)))
        if ready < 0, errno != EINTR { throw lost(errno) }
        guard ready > 0 else { return Readiness() }
        let failed = Int16(POLLERR | POLLHUP | POLLNVAL)
        return Readiness(
            readable: waits[0].revents & (Int16(POLLIN) | failed) != 0,
            writable: waits[0].revents & Int16(POLLOUT) != 0,
            other: waits.dropFirst().contains { $0.revents & (Int16(POLLIN) | failed) != 0 })
    }

    /// Reads what is there; nil when nothing is.
    ///
    /// - Throws: `connectionLost` also when the other end has closed.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ClientError) -> Int? {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return count }
        guard count < 0 else { throw ClientError(.connectionLost, "the broker closed the connection") }
        guard errno == EAGAIN || errno == EINTR else { throw lost(errno) }
        return nil
    }

    /// Writes what can be taken now and answers how many bytes that was.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ClientError) -> Int {
        let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw lost(errno) }
        return 0
    }

    private func lost(_ code: Int32) -> ClientError {
        ClientError(.connectionLost, "the connection to the broker broke (\(describe(code)))")
    }
}

/// The system's words for an error number.
private func describe(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
}
