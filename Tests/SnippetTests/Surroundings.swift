// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletTestKit
import Testing

/// Runs something that goes on until it is cancelled beside a body, whose end ends it.
func beside(
    _ service: @escaping @Sendable () async throws -> Void, _ body: @escaping @Sendable () async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            do { try await service() } catch is CancellationError {}
            return false
        }
        group.addTask {
            try await body()
            return true
        }
        while let isBody = try await group.next() {
            if isBody { group.cancelAll() }
        }
    }
}

/// A client that tries again at once and says nothing of what the tests provoke.
func withClient(_ port: Int, _ body: (Client) async throws -> Void) async throws {
    var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: "snippets")
    configuration.backoff = .init(least: .milliseconds(1), most: .milliseconds(20))
    var logger = Logger(label: "snippets")
    logger.logLevel = .critical
    try await Client.with(configuration, logger: logger, body)
}

/// A broker and a client.
func onBroker(_ body: @Sendable (Client) async throws -> Void) async throws {
    try await TestBroker.run { port in try await withClient(port) { try await body($0) } }
}

/// A broker, a link, a client behind the link, and one that nothing happens to.
func onLink(
    clock: ManualClock? = nil, _ body: @Sendable (RunningBroker, FaultyLink, Client, Client) async throws -> Void
) async throws {
    try await TestBroker.with(clock: clock) { broker in
        try await FaultyLink.with(broker.port) { link in
            try await withClient(link.port) { client in
                try await withClient(broker.port) { calm in try await body(broker, link, client, calm) }
            }
        }
    }
}

extension Client {
    @discardableResult func say(_ topic: String, _ text: String, id: String? = nil) async throws -> Publication {
        try await publish(Draft(topic, body: Array(text.utf8), id: id))
    }

    /// The bodies of a topic from its beginning up to one with this text.
    func bodies(_ topic: String, until text: String) async throws -> [String] {
        var bodies: [String] = []
        for try await delivery in try deliveries(topic, as: "reader", from: .earliest, window: 1) {
            bodies.append(delivery.message.text)
            try await delivery.ack()
            if bodies.last == text { break }
        }
        return bodies
    }
}

extension Record {
    /// The number that it holds.
    var number: Int { Int(String(decoding: value, as: UTF8.self)) ?? 0 }
}

extension Message {
    var text: String { String(decoding: body, as: UTF8.self) }
}
