// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import InMemoryTracing
import Logging
import MartletClient
import MartletJSON
import MartletTestKit
import MetricsTestKit
import Testing
import Tracing

// snippet: telemetry-event
/// Publishes an event of the shop as CloudEvents in binary mode.
func tell(_ type: String, _ order: Order, _ client: Client) async throws -> Publication {
    var draft = try Draft("order-events", json: order, id: "\(type)-\(order.number)", process: order.number)
    let event = CloudEvent(
        id: "\(type)-\(order.number)", source: "/shop", type: type, dataContentType: "application/json")
    event.write(to: &draft.headers)
    return try await client.publish(draft)
}
// snippet end

// snippet: telemetry-logger
extension Message {
    /// A logger whose lines say which message they are about, as those of the client do.
    func logger(_ logger: Logger) -> Logger {
        var logger = logger
        logger[metadataKey: "topic"] = "\(topic)"
        logger[metadataKey: "subscription"] = "\(subscription)"
        logger[metadataKey: "offset"] = "\(offset)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        return logger
    }
}
// snippet end

@Suite("Telemetry", .timeLimit(.minutes(10))) struct TelemetryTests {
    @Test func `an event arrives as it was told`() async throws {
        try await onBroker { client in
            let order = Order(number: "1", customer: "ann", cents: 100)
            _ = try await tell("order.placed", order, client)
            for try await delivery in try client.deliveries("order-events", as: "test", from: .earliest) {
                let message = delivery.message
                #expect(
                    message.headers.all.map { "\($0.name): \($0.value)" } == [
                        "content-type: application/json", "ce-specversion: 1.0", "ce-id: order.placed-1",
                        "ce-source: /shop", "ce-type: order.placed",
                    ])
                #expect(CloudEvent(message.headers)?.type == "order.placed")
                #expect(message.logger(Logger(label: "a"))[metadataKey: "offset"] == "1")
                break
            }
        }
    }

    @Test func `spans and metrics have the names of the page`() async throws {
        let metrics = TestMetrics()
        let tracer = InMemoryTracer()
        try await TestBroker.run { port in
            var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)])
            // snippet: telemetry-backends
            configuration.metrics = metrics
            configuration.tracer = tracer
            // snippet end
            try await Client.with(configuration) { client in
                let seen = Recorder<Int>()
                async let consuming: Void = client.consume("a", as: "s", from: .earliest) {
                    seen.append($0.attempt)
                    if seen.all.count == 1 { throw HandlerFailure.nack(delay: .zero) }
                }
                try await client.say("a", "b")
                try await seen.wait(for: 2)
                client.shutDown()
                try await consuming
            }
        }
        let names = ["messaging.client.sent.messages", "messaging.client.consumed.messages"]
        for name in names { #expect(metrics.counters.contains { $0.label == name }, "\(name)") }
        let times = ["messaging.client.operation.duration", "messaging.process.duration"]
        for name in times { #expect(metrics.recorders.contains { $0.label == name }, "\(name)") }
        let consumed = metrics.counters.first { $0.label == "messaging.client.consumed.messages" }
        let dimensions = ["messaging.system", "messaging.destination.name", "messaging.consumer.group.name"]
        #expect(consumed?.dimensions.map(\.0) == dimensions)
        let process = metrics.recorders.first { $0.label == "messaging.process.duration" }
        #expect(process?.dimensions.map(\.0) == dimensions + ["messaging.operation.name"])
        #expect(Set(tracer.finishedSpans.map(\.operationName)) == ["publish a", "process a"])
        let outcomes = tracer.finishedSpans.compactMap { $0.attributes.get("messaging.martlet.settle.outcome") }
        #expect(outcomes == ["nack", "ack"])
        let errors = tracer.finishedSpans.compactMap { $0.attributes.get("error.type") }
        #expect(errors.count == 1)
        let trace = Set(tracer.finishedSpans.map(\.traceID))
        #expect(trace.count == 1)
    }
}
