// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import ServiceLifecycle
import Testing

@Suite("Consumers that drain", .timeLimit(.minutes(10))) struct BrokerDrainTests {
    private struct Worker: Service {
        var body: @Sendable () async throws -> Void

        func run() async throws { try await body() }
    }

    @Test func `what runs finishes, and what was not started goes back uncounted`() async throws {
        try await OnBroker.link { broker, link, client in
            let commands = await link.tap(.client)
            let lines = Recorder<String>()
            let go = Turnstile()
            try await client.publish("orders", "a")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let options = ConsumerOptions(maxFailures: 1)
                    try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                        lines.append(message.line)
                        try await go.pass()
                    }
                }
                try await lines.wait(for: 1)
                await link.hold(.messages)
                try await OnBroker.client(broker.port) { other in
                    for text in ["b", "c"] { try await other.publish("orders", text) }
                }
                try await link.wait { $0.waitingFrames == 2 }
                client.shutDown()
                try await commands.wait { $0.contains { $0.hasPrefix("WINDOW ") } }
                await link.release(.messages)
                try await commands.wait { $0.count { $0.hasPrefix("RELEASE ") } == 2 }
                go.open()
                try await group.waitForAll()
            }
            #expect(lines.all == ["a 1"])
            let acks = commands.all.filter { $0.hasPrefix("ACK ") }
            #expect(acks.count == 1)
            try await OnBroker.client(broker.port) { (other) async throws in
                // Had they failed, they would be dead letters.
                #expect(try await other.rest("orders", as: "s").map(\.line) == ["b 2", "c 2"])
            }
        }
    }

    @Test func `a handler that does not finish in time is cancelled, and its message goes back uncounted`() async throws
    {
        try await TestBroker.with { broker in
            var configuration = OnBroker.configuration(broker.port)
            configuration.drainTimeout = .milliseconds(20)
            let lines = Recorder<String>()
            let ends = Recorder<String>()
            let never = Turnstile()
            try await Client.with(configuration, logger: OnBroker.logger) { client in
                try await client.publish("orders", "a")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let options = ConsumerOptions(maxFailures: 1)
                        try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                            lines.append(message.line)
                            do { try await never.pass() } catch {
                                ends.append("\(type(of: error))")
                                throw error
                            }
                        }
                    }
                    try await lines.wait(for: 1)
                    client.shutDown()
                    try await group.waitForAll()
                }
            }
            #expect(ends.all == ["CancellationError"])
            try await OnBroker.client(broker.port) { (other) async throws in
                #expect(try await other.rest("orders", as: "s").map(\.line) == ["a 2"])
            }
        }
    }

    @Test func `a service that consumes ends with its group, before the client does`() async throws {
        try await TestBroker.with { broker in
            let client = try Client(OnBroker.configuration(broker.port), logger: OnBroker.logger)
            let lines = Recorder<String>()
            let go = Turnstile()
            let worker = Worker {
                try await client.consume("orders", as: "s", from: .earliest) { message in
                    lines.append(message.line)
                    try await go.pass()
                    // What a handler does on its way out still reaches the broker.
                    try await client.publish("handled", message.text)
                    lines.append("done")
                }
            }
            let group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(service: client),
                        .init(service: worker, successTerminationBehavior: .ignore),
                    ], logger: OnBroker.logger))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await client.publish("orders", "a")
                try await lines.wait(for: 1)
                await group.triggerGracefulShutdown()
                go.open()
                try await tasks.waitForAll()
            }
            #expect(lines.all == ["a 1", "done"])
            try await OnBroker.client(broker.port) { (other) async throws in
                #expect(try await other.rest("orders", as: "s").map(\.line) == [])
                #expect(try await other.rest("handled", as: "s").map(\.text) == ["a"])
            }
        }
    }

    @Test func `an iteration ends when the service that iterates shuts down`() async throws {
        try await TestBroker.with { broker in
            let client = try Client(OnBroker.configuration(broker.port), logger: OnBroker.logger)
            let lines = Recorder<String>()
            let worker = Worker {
                for try await delivery in try client.deliveries("orders", as: "s", from: .earliest) {
                    lines.append(delivery.message.line)
                    try await delivery.ack()
                }
                lines.append("over")
            }
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: worker, successTerminationBehavior: .ignore)],
                    logger: OnBroker.logger))
            try await alongside {
                try await client.run()
            } _: {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await group.run() }
                    try await client.publish("orders", "a")
                    try await lines.wait(for: 1)
                    await group.triggerGracefulShutdown()
                    try await tasks.waitForAll()
                }
            }
            #expect(lines.all == ["a 1", "over"])
        }
    }

    @Test func `a client that was shut down before it ran has ended`() async throws {
        let client = try Client(OnBroker.configuration(1), logger: OnBroker.logger)
        client.shutDown()
        try await client.run()
        let error = await #expect(throws: ClientError.self) { try await client.publish("orders", "a") }
        #expect(error?.code == .closed)
    }

    @Test func `a consumer that drains asks for nothing new on a new connection either`() async throws {
        try await OnBroker.link { broker, link, client in
            let commands = await link.tap(.client)
            let pushes = await link.tap(.broker)
            let lines = Recorder<String>()
            let go = Turnstile()
            try await client.publish("orders", "a")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let options = ConsumerOptions(grace: .seconds(60))
                    try await client.consume(
                        "orders", as: "s", from: .earliest, concurrency: 2, options: options
                    ) { message in
                        lines.append(message.line)
                        try await go.pass()
                    }
                }
                try await lines.wait(for: 1)
                client.shutDown()
                try await commands.wait { $0.contains("WINDOW 0 0") || $0.contains { $0.hasPrefix("WINDOW ") } }
                await link.drop(.before, .client) { $0.word == "GET" }
                // It is read on the next connection, behind the subscription and what came with it.
                #expect(try await client.record("space", "key") == nil)
                try await OnBroker.client(broker.port) { other in
                    for text in ["b", "c"] { try await other.publish("orders", text) }
                }
                #expect(try await client.record("space", "key") == nil)
                go.open()
                try await group.waitForAll()
            }
            #expect(lines.all == ["a 1"])
            #expect(pushes.all.filter { $0.hasPrefix("MSG ") }.count == 1)
            try await OnBroker.client(broker.port) { (other) async throws in
                #expect(try await other.rest("orders", as: "s").map(\.line) == ["b 1", "c 1"])
            }
        }
    }
}
