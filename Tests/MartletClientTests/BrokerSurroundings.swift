// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletTestKit
import Testing

/// A gate that is opened once; a waiter ends when its task is cancelled.
final class Turnstile: Sendable {
    private let openings = Recorder<Bool>()

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
    func tap(_ side: FrameSide) async -> Recorder<String> {
        let lines = Recorder<String>()
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
