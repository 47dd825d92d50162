// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletProtocol

/// A connection to a broker for programs that do one thing at a time, such as the command line.
///
/// Commands are queued and sent together by `flush` or while waiting in `next`. The broker's `PING` is answered and
/// an idle connection is kept alive inside every wait; a broker that is silent for two heartbeats is given up.
package final class LineConnection {
    /// What the broker said in its answer to `HELLO`.
    package struct Greeting: Sendable {
        /// The broker's name and version, such as `martlet/0.1.0`.
        package var server: String
        /// The largest body that it takes.
        package var maxBody: Int
        /// The heartbeat agreed on, in milliseconds; 0 means none.
        package var heartbeat: Int
    }

    /// What ended a wait.
    package enum Event: Sendable {
        /// The broker sent something.
        case incoming(Incoming)
        /// One of the other descriptors can be read.
        case other
        /// Nothing happened in the time given.
        case timeout
    }

    /// What the broker said in its answer to `HELLO`.
    package private(set) var greeting = Greeting(server: "", maxBody: 0, heartbeat: 0)
    /// Commands that have no answer yet.
    package private(set) var unanswered = 0
    /// Bytes that are queued and not yet sent.
    package var queuedBytes: Int { output.count - sent }

    private let socket: StreamSocket
    private var parser = IncomingParser()
    private var output: [UInt8] = []
    private var sent = 0
    private var input = [UInt8](repeating: 0, count: 1 << 16)
    /// Why the connection is over; told by `next` once all that came before it has been taken.
    private var ending: ClientError?
    private var lastReceived: ContinuousClock.Instant
    private var lastSent: ContinuousClock.Instant

    /// Connects and says `HELLO`.
    ///
    /// - Parameters:
    ///   - name: what the broker shows as this client's name.
    ///   - timeout: milliseconds for connecting and for the broker's answer.
    package init(host: String, port: Int, name: String, timeout: Int = 5_000) throws(ClientError) {
        self.socket = try StreamSocket(host: host, port: port, timeout: timeout)
        self.lastReceived = .now
        self.lastSent = .now
        send("HELLO 1 client=\(FieldCoding.encode(name))")
        try flush()
        switch try next(timeout: timeout) {
        case .incoming(.reply(let reply)) where reply.word == "OK" && reply.fields.first == "1":
            self.greeting = Greeting(
                server: reply.fields.count > 1 ? reply.fields[1] : "martlet",
                maxBody: Int(reply.options["max-body"] ?? "") ?? 1 << 20,
                heartbeat: (Int(reply.options["heartbeat"] ?? "") ?? 0) * 1_000)
        case .incoming(.refusal(let code, let message)):
            throw ClientError(.refused(code), "the broker refused the connection: \(code) \(message)")
        case .incoming, .other:
            throw ClientError(.protocolViolation, "\(host):\(port) does not speak version 1 of the Martlet protocol")
        case .timeout:
            throw ClientError(.unreachable, "\(host):\(port) accepted the connection but does not answer HELLO")
        }
    }

    /// Queues a command without data; its answer is to be taken with `next`.
    package func send(_ line: String) {
        output.append(contentsOf: line.utf8)
        output.append(UInt8(ascii: "\n"))
        unanswered += 1
    }

    /// Queues a command with its headers and body; its answer is to be taken with `next`.
    package func send(_ line: String, headers: some Collection<UInt8>, body: some Collection<UInt8>) {
        output.append(contentsOf: line.utf8)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: headers)
        output.append(contentsOf: body)
        output.append(UInt8(ascii: "\n"))
        unanswered += 1
    }

    /// Sends all that is queued.
    ///
    /// What the broker sends meanwhile is kept for `next`, and so is the news that the connection is over.
    package func flush() throws(ClientError) {
        writeSome()
        while queuedBytes > 0, ending == nil {
            let ready = try socket.wait(toWrite: true, other: [], timeout: silenceLimit)
            if ready.readable { readSome() }
            if ready.writable { writeSome() }
            try checkSilence()
        }
    }

    /// What the broker sent and is already here; nil when there is nothing without waiting.
    package func buffered() throws(ClientError) -> Incoming? {
        while let step = try parser.next() {
            switch step {
            case .incoming(let incoming):
                note(incoming)
                return incoming
            case .ping: output.append(contentsOf: "PONG\n".utf8)
            case .pong: unanswered -= 1
            }
        }
        return nil
    }

    /// Waits for what the broker sends next, and sends what is queued meanwhile.
    ///
    /// - Parameters:
    ///   - other: descriptors, such as standard input, whose readability ends the wait too.
    ///   - timeout: milliseconds; nil waits as long as the broker shows that it is alive.
    package func next(orReadable other: [Int32] = [], timeout: Int? = nil) throws(ClientError) -> Event {
        let deadline = timeout.map { ContinuousClock.now + .milliseconds($0) }
        while true {
            if let incoming = try buffered() { return .incoming(incoming) }
            if let ending { throw ending }
            if queuedBytes > 0 { writeSome() }
            var wait = keepAliveInterval
            if let deadline { wait = min(wait, milliseconds(until: deadline)) }
            let ready = try socket.wait(toWrite: queuedBytes > 0, other: other, timeout: wait)
            if ready.readable { readSome() }
            if ready.writable { writeSome() }
            if let incoming = try buffered() { return .incoming(incoming) }
            if ending != nil { continue }
            if ready.other { return .other }
            if let deadline, milliseconds(until: deadline) <= 0 { return .timeout }
            try keepAlive()
        }
    }

    /// Sends one command and waits for its answer; pushes that come before it are handed to `onPush`.
    ///
    /// - Throws: `refused` when the answer is `ERR`.
    package func request(_ line: String, onPush: (Incoming) -> Void = { _ in }) throws(ClientError) -> Reply {
        send(line)
        try flush()
        while true {
            guard case .incoming(let incoming) = try next() else { continue }
            switch incoming {
            case .reply(let reply): return reply
            case .refusal(let code, let message): throw ClientError(.refused(code), "\(code): \(message)")
            default: onPush(incoming)
            }
        }
    }

    /// Says `BYE` and waits a moment for the answer, so that the broker sees an orderly end.
    package func close() {
        send("BYE")
        do {
            try flush()
            while unanswered > 0 {
                guard case .incoming = try next(timeout: 2_000) else { return }
            }
        } catch {
            // The connection is given up either way; whoever closes has had all answers that matter.
        }
    }

    private func note(_ incoming: Incoming) {
        switch incoming {
        case .reply, .refusal: unanswered -= 1
        case .message, .lost, .goodbye: break
        }
    }

    /// Reads what is there, and keeps the end of the connection in `ending`.
    private func readSome() {
        let count = input.withUnsafeMutableBytes { buffer -> Int in
            do throws(ClientError) {
                return try socket.read(into: buffer) ?? 0
            } catch {
                ending = ending ?? error
                return 0
            }
        }
        guard count > 0 else { return }
        lastReceived = .now
        input.withUnsafeBytes { parser.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// Writes what the system takes now, and keeps the end of the connection in `ending`.
    private func writeSome() {
        while sent < output.count, ending == nil {
            let count = output.withUnsafeBytes { buffer -> Int in
                do throws(ClientError) {
                    return try socket.write(UnsafeRawBufferPointer(rebasing: buffer[sent...]))
                } catch {
                    ending = error
                    return 0
                }
            }
            guard count > 0 else { break }
            sent += count
            lastSent = .now
        }
        if ending != nil {
            // What the broker said before it closed tells more than the broken write does.
            var before = -1
            while before != parser.waitingBytes {
                before = parser.waitingBytes
                readSome()
            }
        } else if sent < output.count {
            return
        }
        output.removeAll(keepingCapacity: output.count < 4 << 20)
        sent = 0
    }

    private var silenceLimit: Int { max(greeting.heartbeat * 2, 30_000) }

    private var keepAliveInterval: Int { greeting.heartbeat > 0 ? max(greeting.heartbeat / 2, 100) : 15_000 }

    /// Shows a broker that hears nothing else that this end is alive, and gives up one that shows nothing itself.
    private func keepAlive() throws(ClientError) {
        if ContinuousClock.now - lastSent >= .milliseconds(keepAliveInterval), greeting.maxBody > 0 {
            send("PING")
            writeSome()
        }
        try checkSilence()
    }

    private func checkSilence() throws(ClientError) {
        guard ContinuousClock.now - lastReceived > .milliseconds(silenceLimit) else { return }
        throw ClientError(.connectionLost, "the broker has been silent for \(silenceLimit / 1_000) s")
    }

    private func milliseconds(until deadline: ContinuousClock.Instant) -> Int {
        let left = deadline - ContinuousClock.now
        return max(0, Int(left / .milliseconds(1)))
    }
}
