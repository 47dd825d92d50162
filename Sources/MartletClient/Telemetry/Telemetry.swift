// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Instrumentation
import Tracing

/// Spans and metrics of a client, with the names of OpenTelemetry's messaging conventions; next to free when
/// no backend is set up.
struct Telemetry: Sendable {
    private let chosenTracer: (any Tracer)?
    private let chosenMetrics: (any MetricsFactory)?
    private let instruments = Instruments()

    init(_ configuration: ClientConfiguration) {
        chosenTracer = configuration.tracer
        chosenMetrics = configuration.metrics
    }

    /// Where spans go; nil when no backend is set up.
    private var tracer: (any Tracer)? {
        if let chosenTracer { return chosenTracer }
        let instrument = InstrumentationSystem.instrument
        return instrument is NoOpInstrument || instrument is NoOpTracer ? nil : InstrumentationSystem.tracer
    }

    /// Where metrics go; nil when no backend is set up.
    private var metrics: (any MetricsFactory)? {
        if let chosenMetrics { return chosenMetrics }
        let factory = MetricsSystem.factory
        return factory is NOOPMetricsHandler ? nil : factory
    }

    /// Headers with the context of the running span.
    func injected(_ headers: Headers) -> Headers {
        guard let tracer, let context = ServiceContext.current else { return headers }
        var headers = headers
        tracer.inject(context, into: &headers, using: HeaderInjector())
        return headers
    }

    /// Publishes a message under a span of its own.
    func publishing(_ draft: Draft, _ body: (Headers) async throws -> Publication) async throws -> Publication {
        guard tracer != nil || metrics != nil else { return try await body(draft.headers) }
        return try await operation("publish", draft.topic, kind: .producer, type: "send") { span in
            span?.attributes["messaging.message.body.size"] = draft.body.count
            span?.attributes["messaging.message.id"] = draft.id
            span?.attributes["messaging.message.conversation_id"] = draft.process
            let publication = try await body(injected(draft.headers))
            if publication.due == nil {
                span?.attributes["messaging.martlet.message.offset"] = Int64(clamping: publication.offset)
            }
            count("messaging.client.sent.messages", draft.topic, 1)
            return publication
        }
    }

    /// Publishes a batch under one span; its messages were written before and carry no context of it.
    func publishing(
        _ batch: MessageBatch, _ body: () async throws -> BatchPublication
    ) async throws -> BatchPublication {
        guard tracer != nil || metrics != nil else { return try await body() }
        return try await operation("publish", batch.topic, kind: .client, type: "send") { span in
            span?.attributes["messaging.batch.message_count"] = batch.count
            let publication = try await body()
            count("messaging.client.sent.messages", batch.topic, publication.count - publication.refusals.count)
            return publication
        }
    }

    /// Runs a handler under a span that continues the publisher's.
    func processing<Result>(_ message: Message, _ body: () async throws -> Result) async throws -> Result {
        let tracer = tracer
        guard tracer != nil || metrics != nil else { return try await body() }
        count("messaging.client.consumed.messages", message.topic, 1, subscription: message.subscription)
        let start = ContinuousClock.now
        defer {
            record(
                "messaging.process.duration", message.topic, since: start, operation: "process",
                subscription: message.subscription)
        }
        guard let tracer else { return try await body() }
        var context = ServiceContext.current ?? .topLevel
        tracer.extract(message.headers, into: &context, using: HeaderExtractor())
        return try await tracer.withAnySpan("process \(message.topic)", context: context, ofKind: .consumer) { span in
            Self.describe(span, message.topic, operation: "process", type: "process")
            span.attributes["messaging.consumer.group.name"] = message.subscription
            span.attributes["messaging.destination.subscription.name"] = message.subscription
            span.attributes["messaging.message.id"] = message.id
            span.attributes["messaging.message.conversation_id"] = message.process
            span.attributes["messaging.message.body.size"] = message.body.count
            span.attributes["messaging.martlet.message.offset"] = Int64(clamping: message.offset)
            span.attributes["messaging.martlet.message.key"] = message.key
            span.attributes["messaging.martlet.delivery.count"] = message.attempt
            span.attributes["messaging.martlet.delivery.failures"] = message.failures
            span.attributes["messaging.martlet.message.visible_at"] = Int64(clamping: message.time)
            span.attributes["messaging.martlet.late_by_ms"] = message.late.map { Int64(clamping: $0) }
            if !context.isEmpty { span.addLink(SpanLink(context: context, attributes: [:])) }
            do {
                return try await body()
            } catch {
                span.attributes["error.type"] = Self.errorType(error)
                throw error
            }
        }
    }

    /// Notes how a delivery was settled.
    func settled(_ message: Message, _ outcome: String) {
        tracer?.activeSpan(identifiedBy: ServiceContext.current ?? .topLevel)?
            .attributes["messaging.martlet.settle.outcome"] = outcome
    }

    private func operation<Result>(
        _ name: String, _ topic: String, kind: SpanKind, type: String, _ body: ((any Span)?) async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        do {
            let result: Result
            if let tracer {
                result = try await tracer.withAnySpan("\(name) \(topic)", ofKind: kind) { span in
                    Self.describe(span, topic, operation: name, type: type)
                    return try await body(span)
                }
            } else {
                result = try await body(nil)
            }
            record("messaging.client.operation.duration", topic, since: start, operation: name)
            return result
        } catch {
            record(
                "messaging.client.operation.duration", topic, since: start, operation: name,
                error: Self.errorType(error))
            throw error
        }
    }

    private static func describe(_ span: any Span, _ topic: String, operation: String, type: String) {
        span.attributes["messaging.system"] = "martlet"
        span.attributes["messaging.operation.name"] = operation
        span.attributes["messaging.operation.type"] = type
        span.attributes["messaging.destination.name"] = topic
    }

    private static func errorType(_ error: any Error) -> String {
        (error as? ClientError).map { "\($0.code)" } ?? "\(Swift.type(of: error))"
    }

    private func count(_ name: String, _ topic: String, _ number: Int, subscription: String? = nil) {
        guard let metrics, number > 0 else { return }
        instruments.counter(name, Self.dimensions(topic, subscription), metrics).increment(by: Int64(number))
    }

    private func record(
        _ name: String, _ topic: String, since start: ContinuousClock.Instant, operation: String,
        subscription: String? = nil, error: String? = nil
    ) {
        guard let metrics else { return }
        var dimensions = Self.dimensions(topic, subscription) + [("messaging.operation.name", operation)]
        if let error { dimensions.append(("error.type", error)) }
        instruments.recorder(name, dimensions, metrics).record((ContinuousClock.now - start).inSeconds)
    }

    private static func dimensions(_ topic: String, _ subscription: String?) -> [(String, String)] {
        var dimensions = [("messaging.system", "martlet"), ("messaging.destination.name", topic)]
        if let subscription { dimensions.append(("messaging.consumer.group.name", subscription)) }
        return dimensions
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout Headers) { headers[key] = value }
}

private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: Headers) -> String? { headers[key] }
}
