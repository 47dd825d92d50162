// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletClient
import MartletTestKit
import Testing
import UnixSignals

/// A client that ends at a signal.
@Suite("Clients and signals", .timeLimit(.minutes(10)), .serialized) struct SignalTests {
    private struct Broken: Error {}

    @Test func `a signal lets consumers drain, and with returns what the body does`() async throws {
        try await TestBroker.with { broker in
            let begun = Recorder<String>()
            let configuration = OnBroker.configuration(broker.port)
            let text = try await Client.with(configuration, signals: [.sigusr1], logger: OnBroker.logger) { client in
                try await client.publish("orders", "a")
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 1) { message in
                    begun.append(message.text)
                    if begun.all.count == 1 { kill(getpid(), SIGUSR1) }
                    try await client.publish("out", message.text)
                }
                return "drained"
            }
            #expect(text == "drained")
            #expect(begun.all == ["a"])
            try await broker.wait(until: .counts("orders", "s") { $0.backlog == 0 && $0.consumers == 0 })
        }
    }

    @Test func `a body that returns or throws ends the client without a signal`() async throws {
        try await TestBroker.with { broker in
            let configuration = OnBroker.configuration(broker.port)
            let offset = try await Client.with(configuration, signals: [.sigusr2], logger: OnBroker.logger) {
                try await $0.publish("orders", "a").offset
            }
            #expect(offset == 1)
            await #expect(throws: Broken.self) {
                try await Client.with(configuration, signals: [.sigusr2], logger: OnBroker.logger) { _ in
                    throw Broken()
                }
            }
        }
    }

    @Test func `a client that reaches nobody is told by with`() async throws {
        let port = try await TestBroker.run { $0 }
        do {
            try await reachNobody(at: port)
            Issue.record("expected an error")
        } catch let error as ClientError {
            #expect(error.code == .unreachable)
            #expect(error.cause != nil)
        }
    }

    private func reachNobody(at port: Int) async throws {
        var configuration = OnBroker.configuration(port)
        configuration.maxConnectAttempts = 2
        try await Client.with(configuration, signals: [.sigusr2], logger: OnBroker.logger) { client in
            try await client.publish("orders", "a")
        }
    }
}
