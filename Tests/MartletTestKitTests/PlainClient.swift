// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletTestKit

/// A client that sends text and reads frames, each within a deadline that turns a hang into a failure.
// SAFETY: a test uses its clients from one thread at a time.
final class PlainClient: @unchecked Sendable {
    struct Failure: Error, Equatable {
        /// What every client has to survive.
        static let ended = Failure(message: "the connection has ended")

        var message: String
    }

    private let descriptor: Int32
    private var cutter = FrameCutter(.broker)
    private var replies: [LinkFrame] = []
    private var pushes: [LinkFrame] = []
    /// All bytes that came in.
    private(set) var received: [UInt8] = []

    /// Connects, and says hello unless that is the test's business.
    init(_ port: Int, hello: Bool = true) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            // SAFETY: a sockaddr_in may be looked at as the sockaddr that its family stands in.
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(message: "cannot connect: \(errno)") }
        guard hello else { return }
        let reply = try ask("HELLO 1 client=test heartbeat=0")
        guard reply.hasPrefix("OK 1 martlet/") else { throw Failure(message: reply) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            // A peer that has gone is noticed when its last words are read.
            guard count >= 0 else { return }
            sent += count
        }
    }

    /// Sends a line, and data behind it.
    func say(_ line: String, _ data: String? = nil) {
        send(Array((line + "\r\n" + (data.map { $0 + "\r\n" } ?? "")).utf8))
    }

    func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends a command and gives the line of its reply.
    func ask(_ line: String, _ data: String? = nil) throws -> String {
        say(line, data)
        return try reply()
    }

    func publish(_ topic: String, _ bodies: String...) throws {
        for body in bodies {
            let reply = try ask("PUB \(topic) \(body.utf8.count)", body)
            #expect(reply.hasPrefix("OK "), "\(reply)")
        }
    }

    /// The line of the next reply; pushes before it are kept.
    func reply() throws -> String {
        while replies.isEmpty { try take() }
        return replies.removeFirst().line
    }

    /// The next push; replies before it are kept.
    func push() throws -> LinkFrame {
        while pushes.isEmpty { try take() }
        return pushes.removeFirst()
    }

    /// Tag, offset and attempt of the next messages.
    func messages(_ count: Int) throws -> [String] {
        try (0..<count).map { _ in
            let push = try push()
            return push.word == "MSG" ? push.fields[2...4].joined(separator: " ") : push.line
        }
    }

    /// Checks that nothing more was pushed: what the broker had to say would have come before its `PONG`.
    func checkQuiet(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let reply = try ask("PING")
        #expect(reply == "PONG", sourceLocation: sourceLocation)
        #expect(pushes.map(\.line) == [], sourceLocation: sourceLocation)
    }

    /// The lines until the connection ends.
    func rest() throws -> [String] {
        var lines = (replies + pushes).map(\.line)
        while let frame = try frame() { lines.append(frame.line) }
        return lines
    }

    private func take() throws {
        guard let frame = try frame() else { throw Failure.ended }
        let isPush = ["MSG", "LOST", "PING", "BYE"].contains(frame.word)
        if isPush { pushes.append(frame) } else { replies.append(frame) }
    }

    private func frame() throws -> LinkFrame? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let frame = try cutter.next() { return frame }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return nil }
            guard count > 0 else { throw Failure(message: "nothing came in: \(errno)") }
            received += chunk[..<count]
            cutter.append(chunk[..<count])
        }
    }
}

/// Threads for tests that wait in system calls, so that the threads of Swift concurrency need not.
final class WaitingExecutor: TaskExecutor {
    static let shared = WaitingExecutor()

    private let queue: OperationQueue

    private init() {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 6
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs a broker and a link in front of it, and `body` on a thread that may wait.
func linked(
    clock: ManualClock? = nil, _ body: @concurrent @Sendable (FaultyLink, RunningBroker) async throws -> Void
) async throws {
    try await TestBroker.with(clock: clock) { broker in
        try await FaultyLink.with(broker.port) { link in
            try await withTaskExecutorPreference(WaitingExecutor.shared) { try await body(link, broker) }
        }
    }
}
