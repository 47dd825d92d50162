// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletTestKit
import Synchronization
import Testing

/// What came together in a test, which others can wait for.
final class Collected<Element: Sendable>: Sendable {
    private struct Waiter {
        var isReady: @Sendable ([Element]) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Int: Waiter] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// What has come until now, in its order.
    var all: [Element] { state.withLock { $0.elements } }

    func append(_ element: Element) {
        let ready = state.withLock { state -> [Waiter] in
            state.elements.append(element)
            let ready = state.waiters.filter { $0.value.isReady(state.elements) }
            for number in ready.keys { state.waiters[number] = nil }
            return Array(ready.values)
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// Waits until so many have come, and gives all of them.
    @discardableResult func wait(for count: Int) async throws -> [Element] {
        try await wait { $0.count >= count }
    }

    /// Waits until what has come is as it is wanted, and gives all of it.
    @discardableResult func wait(until isReady: @escaping @Sendable ([Element]) -> Bool) async throws -> [Element] {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isReached = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Bool? in
                    if isReady(state.elements) { return true }
                    if Task.isCancelled { return false }
                    state.waiters[number] = Waiter(isReady: isReady, continuation: continuation)
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: false)
        }
        guard isReached else { throw CancellationError() }
        return all
    }
}

/// A gate that is opened once; a waiter ends when its task is cancelled.
final class Turnstile: Sendable {
    private let openings = Collected<Bool>()

    func open() { openings.append(true) }

    func pass() async throws { try await openings.wait(for: 1) }
}

/// Runs something that goes on until it is cancelled beside a body, which ends it.
@discardableResult func alongside<Result: Sendable>(
    _ service: @escaping @Sendable () async throws -> Void, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            do { try await service() } catch is CancellationError {}
            return nil
        }
        group.addTask { try await body() }
        var result: Result?
        while let end = try await group.next() {
            guard let end else { continue }
            result = end
            group.cancelAll()
        }
        return try #require(result)
    }
}

/// A broker in the test's process and a client of it.
enum OnBroker {
    /// Lines that the tests provoke on purpose need not be read.
    static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    static func configuration(_ port: Int) -> ClientConfiguration {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: "tests")
        configuration.backoff = .init(least: .milliseconds(1), most: .milliseconds(20))
        return configuration
    }

    /// Runs a client while `body` runs.
    static func client<Result: Sendable>(
        _ port: Int, _ body: (Client) async throws -> Result
    ) async throws -> Result {
        try await Client.with(configuration(port), logger: logger, body)
    }

    /// Runs a broker and a client of it.
    static func run(
        clock: ManualClock? = nil, _ body: @Sendable (RunningBroker, Client) async throws -> Void
    ) async throws {
        try await TestBroker.with(clock: clock) { broker in
            try await client(broker.port) { try await body(broker, $0) }
        }
    }

    /// Runs a broker, a link in front of it and a client that is behind the link.
    static func link(
        clock: ManualClock? = nil, _ body: @Sendable (RunningBroker, FaultyLink, Client) async throws -> Void
    ) async throws {
        try await TestBroker.with(clock: clock) { broker in
            try await FaultyLink.with(broker.port) { link in
                try await client(link.port) { try await body(broker, link, $0) }
            }
        }
    }
}

extension FaultyLink {
    /// Notes the lines of one side's frames as they come by.
    func tap(_ side: FrameSide) async -> Collected<String> {
        let lines = Collected<String>()
        // A rule that never holds sees every frame and harms none.
        await drop(.before, side) { frame in
            lines.append(frame.line)
            return false
        }
        return lines
    }
}

extension Client {
    @discardableResult func publish(_ topic: String, _ text: String, id: String? = nil) async throws -> Publication {
        try await publish(Draft(topic, body: Array(text.utf8), id: id))
    }

    /// Consumes until a message with this text was handled, and gives the texts of all.
    func drain(_ topic: String, as subscription: String, until text: String) async throws -> [Message] {
        var messages: [Message] = []
        for try await delivery in try deliveries(topic, as: subscription, from: .earliest, window: 1) {
            messages.append(delivery.message)
            try await delivery.ack()
            if delivery.message.text == text { break }
        }
        return messages
    }

    /// Publishes a last message and reads a subscription up to it: what is left of it.
    func rest(_ topic: String, as subscription: String) async throws -> [Message] {
        try await publish(topic, "the end")
        return try await drain(topic, as: subscription, until: "the end").dropLast()
    }
}

extension Message {
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The text and the attempt, as tests compare them.
    var line: String { "\(text) \(attempt)" }
}
