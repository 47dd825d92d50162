// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MartletClient
import MartletJSON
import MartletTestKit
import ServiceLifecycle
import Testing
import UnixSignals

// snippet: connections-worker
/// Bills orders until SIGTERM or SIGINT: then it begins nothing more, finishes, acks, and returns.
func work(at url: String = "martlet://127.0.0.1:7250") async throws {
    try await Client.with(url, signals: [.sigterm, .sigint]) { client in
        try await bill(client)
    }
}
// snippet end

// snippet: connections-services
/// Runs a client and two consumers until SIGTERM; services end from the last to the first, so the client ends last.
func serve(_ configuration: ClientConfiguration, _ logger: Logger) async throws {
    let client = try Client(configuration, logger: logger)
    let counter = client.stepConsumer("invoices", as: "counter", from: .earliest) { _, step in
        let count = try await step.record("counts", "invoices")?.decode(Int.self) ?? 0
        try step.set("counts", "invoices", json: count + 1)
    }
    let printer = client.consumer("invoices", as: "printer", from: .earliest) { message in
        print("invoice \(message.offset)")
    }
    let group = ServiceGroup(
        services: [client, counter, printer], gracefulShutdownSignals: [.sigterm], logger: logger)
    try await group.run()
}
// snippet end

// snippet: connections-configuration
/// A client that knows two brokers' addresses and says how much it takes on.
func configuration() throws -> ClientConfiguration {
    var configuration = try ClientConfiguration("martlet://10.0.0.5,10.0.0.6:7251", name: "billing-1")
    configuration.backoff = .init(least: .milliseconds(50), most: .seconds(5))
    configuration.maxInFlightMessages = 1_000
    configuration.drainTimeout = .seconds(20)
    return configuration
}
// snippet end

// snippet: connections-secure
/// A client of brokers whose certificates the company signs, which shows them its own.
func secured() throws -> ClientConfiguration {
    try ClientConfiguration(
        "martlets://broker-1.internal,broker-2.internal", name: "billing-1",
        tls: .init(
            trust: .file("/etc/billing/ca.pem"), certificate: "/etc/billing/client.pem",
            key: "/etc/billing/client.key"))
}
// snippet end

// snippet: connections-unknown
/// Sets a record; an unknown outcome is settled by looking.
func set(_ value: [UInt8], after version: UInt64, _ client: Client) async throws {
    do {
        try await client.setRecord("prices", "apples", to: value, expecting: .version(version))
    } catch let error as ClientError where error.code == .unknown {
        let record = try await client.record("prices", "apples")
        guard record?.version == version + 1, record?.value == value else { throw error }
    }
}
// snippet end

// snippet: connections-batch
/// Publishes lines as one batch, and tells the first that the broker did not take.
func publish(_ lines: [String], _ client: Client) async throws {
    var batch = try MessageBatch("lines")
    for line in lines { try batch.append(Array(line.utf8)) }
    let publication = try await client.publish(batch)
    if let refusal = publication.refusals.first { throw refusal.error }
}
// snippet end

// snippet: connections-grace
/// Long work that survives a short interruption of the connection.
func summarize(_ client: Client, _ model: @escaping @Sendable (Message) async throws -> Void) async throws {
    let options = ConsumerOptions(lease: .seconds(60), grace: .seconds(120))
    try await client.consume("documents", as: "summaries", from: .earliest, options: options, model)
}
// snippet end

// snippet: connections-manual
/// Settles by hand, and tells how far the work is.
func convert(_ client: Client, _ work: (Message, Int) async throws -> Void) async throws {
    for try await delivery in try client.deliveries("videos", as: "converter", from: .earliest, window: 1) {
        for part in 0..<4 where !delivery.isLost {
            try await work(delivery.message, part)
            try await delivery.touch(progress: 25 * (part + 1))
        }
        try await delivery.ack()
    }
}
// snippet end

@Suite("Connections", .timeLimit(.minutes(10))) struct ConnectionTests {
    @Test func `a configuration has what was said`() throws {
        let configuration = try configuration()
        #expect(configuration.addresses.map(\.description) == ["10.0.0.5:7250", "10.0.0.6:7251"])
        #expect(configuration.name == "billing-1")
    }

    @Test func `the next address is tried when one does not answer`() async throws {
        try await TestBroker.with { broker in
            let stopped = try await TestBroker.run { $0 }
            var logger = Logger(label: "snippets")
            logger.logLevel = .critical
            let url = "martlet://127.0.0.1:\(stopped),127.0.0.1:\(broker.port)"
            let publication = try await Client.with(url, logger: logger) { try await $0.say("a", "b") }
            #expect(publication.offset == 1)
        }
    }

    @Test func `a secured client knows its files`() throws {
        let configuration = try secured()
        #expect(configuration.addresses.map(\.port) == [7_250, 7_250])
        #expect(configuration.tls?.trust == .file("/etc/billing/ca.pem"))
    }

    @Test func `workers end in order at a signal, with what they have begun`() async throws {
        try await TestBroker.with { broker in
            try await withClient(broker.port) { shop in
                try await place(Order(number: "1", customer: "ann", cents: 100), with: shop)
                let url = "martlet://127.0.0.1:\(broker.port)"
                async let working: Void = work(at: url)
                async let serving: Void = serve(try ClientConfiguration(url), Logger(label: "snippets"))
                try await broker.wait(until: .backlog(0, "shop.orders", "bills"))
                for subscription in ["counter", "printer"] {
                    try await broker.wait(until: .backlog(0, "invoices", subscription))
                }
                kill(getpid(), SIGTERM)
                try await working
                try await serving
                #expect(try await shop.record("owed", "ann")?.number == 100)
                #expect(try await shop.record("counts", "invoices")?.number == 1)
                try await broker.wait(until: .consumers(0, "shop.orders", "bills"))
                try await broker.wait(until: .consumers(0, "invoices", "printer"))
            }
        }
    }

    @Test(arguments: [FaultyLink.DropMoment.before, .after])
    func `an unknown change of a record is settled by looking`(_ moment: FaultyLink.DropMoment) async throws {
        try await onLink { _, link, client, calm in
            let version = try await calm.setRecord("prices", "apples", to: [1], expecting: .absent)
            await link.drop(moment, .client) { $0.word == "SET" }
            if case .before = moment {
                let error = await #expect(throws: ClientError.self) { try await set([2], after: version, client) }
                #expect(error?.code == .unknown)
            } else {
                try await set([2], after: version, client)
            }
        }
    }

    @Test func `a publish whose confirm is lost is stored once, and a batch too`() async throws {
        try await onLink { _, link, client, calm in
            await link.loseReply(to: "PUB")
            // The answer to the repeat does not say whether anybody will see it.
            #expect(try await client.say("lines", "zero") == Publication(offset: 1))
            await link.drop(.before, .client, skipping: 1) { $0.word == "PUB" }
            try await publish(["one", "two", "three"], client)
            #expect(try await calm.bodies("lines", until: "three") == ["zero", "one", "two", "three"])
            var batch = try MessageBatch("lines", withIDs: false)
            try batch.append([1])
            await link.loseReply(to: "PUB")
            let error = await #expect(throws: ClientError.self) { try await client.publish(batch) }
            #expect(error?.code == .unknown)
        }
    }

    @Test func `a handler with grace goes on over a dropped connection`() async throws {
        try await onLink { _, link, client, calm in
            let runs = Recorder<Int>()
            try await beside {
                try await summarize(client) { message in
                    runs.append(message.attempt)
                    // The connection ends while the handler runs.
                    await link.drop(.before, .client) { $0.word == "PUB" }
                    try await client.say("out", message.text)
                }
            } _: {
                try await calm.say("documents", "first")
                #expect(try await calm.bodies("out", until: "first") == ["first"])
                await link.calm()
                try await calm.say("documents", "last")
                #expect(try await calm.bodies("out", until: "last") == ["last"])
                #expect(runs.all == [1, 1])
            }
        }
    }

    @Test func `work that is settled by hand is acked at its end`() async throws {
        try await onBroker { client in
            let parts = Recorder<Int>()
            try await client.say("videos", "first")
            async let converting: Void = convert(client) { parts.append($1) }
            try await parts.wait(for: 4)
            client.shutDown()
            try await converting
            #expect(parts.all == [0, 1, 2, 3])
        }
    }
}
