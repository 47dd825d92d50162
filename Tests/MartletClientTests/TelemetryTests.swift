// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import InMemoryTracing
import MetricsTestKit
import Testing
import Tracing

@testable import MartletClient

/// Spans and metrics carry the names of OpenTelemetry's messaging conventions.
struct TelemetryTests {
    private let tracer = TraceparentTracer()
    private let metrics = TestMetrics()

    private struct HandlerError: Error {}

    private func with(
        _ broker: FakeBroker, _ body: (Client) async throws -> Void
    ) async throws {
        try await FakeServer.with {
            .send(broker.answer($0))
        } _: { server in
            var configuration = server.configuration()
            configuration.tracer = tracer
            configuration.metrics = metrics
            try await Client.with(configuration, logger: .silent, body)
        }
    }

    private func attribute(_ span: FinishedInMemorySpan?, _ name: String) -> String? {
        switch span?.attributes[name]?.toSpanAttribute() {
        case .string(let text): text
        case .int64(let number): "\(number)"
        case .int32(let number): "\(number)"
        default: nil
        }
    }

    private func finished(_ name: String) -> FinishedInMemorySpan? {
        tracer.inner.finishedSpans.first { $0.operationName == name }
    }

    @Test func `a publish has a span, whose context travels with the message`() async throws {
        let broker = FakeBroker()
        try await with(broker) { client in
            _ = try await client.publish(
                Draft("work", body: [120], id: "i", process: "p", headers: ["other": "kept"]))
        }
        let span = try #require(finished("publish work"))
        #expect(span.kind == .producer)
        #expect(
            broker.headers.map { String(decoding: $0, as: UTF8.self) } == [
                "other: kept\ntraceparent: 00.\(span.traceID).\(span.spanID).01\n"
            ])
        for (name, value) in [
            ("messaging.system", "martlet"), ("messaging.operation.name", "publish"),
            ("messaging.operation.type", "send"), ("messaging.destination.name", "work"),
            ("messaging.message.body.size", "1"), ("messaging.message.id", "i"),
            ("messaging.message.conversation_id", "p"), ("messaging.martlet.message.offset", "1"),
        ] {
            #expect(attribute(span, name) == value)
        }
    }

    @Test func `a handler's span continues the publisher's and says what became of the message`() async throws {
        let broker = FakeBroker()
        try await with(broker) { client in
            try await tracer.withSpan("outside", ofKind: .internal) { _ in
                _ = try await client.publish(Draft("work", body: [120]))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.consume("work", as: "s", from: .earliest) { _ in } }
                await broker.waitForAcks(1)
                client.shutDown()
                try await group.waitForAll()
            }
        }
        let publish = try #require(finished("publish work"))
        let process = try #require(finished("process work"))
        #expect(publish.parentSpanID == finished("outside")?.spanID)
        #expect(process.kind == .consumer && process.traceID == publish.traceID)
        #expect(process.parentSpanID == publish.spanID && process.links.count == 1)
        for (name, value) in [
            ("messaging.system", "martlet"), ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"), ("messaging.destination.name", "work"),
            ("messaging.consumer.group.name", "s"), ("messaging.destination.subscription.name", "s"),
            ("messaging.martlet.message.offset", "1"), ("messaging.martlet.delivery.count", "1"),
            ("messaging.martlet.delivery.failures", "0"), ("messaging.martlet.settle.outcome", "ack"),
        ] {
            #expect(attribute(process, name) == value)
        }
    }

    @Test func `a handler's span has what the broker says of the delivery`() async throws {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1")])
        configuration.tracer = tracer
        let message = Message(
            topic: "work", subscription: "s", offset: 7, attempt: 4, time: 1_790_000_000_000, late: 1_500, failures: 2)
        try await Telemetry(configuration).processing(message) {}
        let span = try #require(finished("process work"))
        for (name, value) in [
            ("messaging.martlet.message.offset", "7"), ("messaging.martlet.delivery.count", "4"),
            ("messaging.martlet.delivery.failures", "2"), ("messaging.martlet.late_by_ms", "1500"),
            ("messaging.martlet.message.visible_at", "1790000000000"),
        ] {
            #expect(attribute(span, name) == value)
        }
    }

    @Test func `a handler that fails says so on its span`() async throws {
        let broker = FakeBroker([FakeBroker.Stored(topic: "work", body: "w")])
        try await with(broker) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.consume("work", as: "s") { message in
                        if message.attempt == 1 { throw HandlerError() }
                    }
                }
                await broker.waitForAcks(1)
                client.shutDown()
                try await group.waitForAll()
            }
        }
        let span = try #require(finished("process work"))
        #expect(span.errors.first?.error is HandlerError)
        #expect(attribute(span, "error.type") == "HandlerError")
        #expect(attribute(span, "messaging.martlet.settle.outcome") == "nack")
    }

    @Test func `a step's publishes carry the context of its handler`() async throws {
        let broker = FakeBroker([FakeBroker.Stored(topic: "work", body: "w")])
        try await with(broker) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.step("work", as: "s") { _, step in step.publish(Draft("out", body: [120])) }
                }
                await broker.waitForAcks(1)
                client.shutDown()
                try await group.waitForAll()
            }
        }
        let span = try #require(finished("process work"))
        let headers = broker.headers.last.map { String(decoding: $0, as: UTF8.self) }
        #expect(headers == "traceparent: 00.\(span.traceID).\(span.spanID).01\n")
        #expect(attribute(span, "messaging.martlet.settle.outcome") == "ack")
    }

    @Test func `what is sent and handled is counted and timed`() async throws {
        let broker = FakeBroker()
        try await with(broker) { client in
            _ = try await client.publish(Draft("work", body: []))
            var batch = try MessageBatch("work")
            for _ in 0..<3 { try batch.append([120]) }
            _ = try await client.publish(batch)
            await #expect(throws: ClientError.self) { try await client.publish(Draft("no topic", body: [])) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.consume("work", as: "s") { _ in } }
                await broker.waitForAcks(4)
                client.shutDown()
                try await group.waitForAll()
            }
        }
        let topic = [("messaging.system", "martlet"), ("messaging.destination.name", "work")]
        let subscription = topic + [("messaging.consumer.group.name", "s")]
        let publish = [("messaging.operation.name", "publish")]
        #expect(try metrics.expectCounter("messaging.client.sent.messages", topic).totalValue == 4)
        #expect(try metrics.expectCounter("messaging.client.consumed.messages", subscription).totalValue == 4)
        #expect(try metrics.expectRecorder("messaging.client.operation.duration", topic + publish).values.count == 2)
        let wrong = [("messaging.system", "martlet"), ("messaging.destination.name", "no topic")]
        let error = [("error.type", "bad-argument")]
        #expect(
            try metrics.expectRecorder("messaging.client.operation.duration", wrong + publish + error).values.count == 1
        )
        let process = [("messaging.operation.name", "process")]
        #expect(
            try metrics.expectRecorder("messaging.process.duration", subscription + process).values.count == 4)
        #expect(finished("publish work")?.kind == .producer)
        let batches = tracer.inner.finishedSpans.filter { attribute($0, "messaging.batch.message_count") == "3" }
        #expect(batches.map(\.operationName) == ["publish work"] && batches.first?.kind == .client)
        #expect(finished("publish no topic")?.errors.count == 1)
    }

    @Test func `without anybody who listens nothing is added`() async throws {
        let broker = FakeBroker()
        try await FakeServer.with {
            .send(broker.answer($0))
        } _: { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                _ = try await client.publish(Draft("t", body: []))
            }
        }
        #expect(broker.headers == [[]])
    }
}
