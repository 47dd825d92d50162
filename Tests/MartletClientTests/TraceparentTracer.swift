// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import InMemoryTracing
import Tracing

/// A tracer that keeps its spans and hands its context on as `traceparent`, as real ones do.
struct TraceparentTracer: Tracer {
    let inner = InMemoryTracer()

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> InMemorySpan {
        inner.startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID,
            line: line)
    }

    func activeSpan(identifiedBy context: ServiceContext) -> InMemorySpan? { inner.activeSpan(identifiedBy: context) }

    func forceFlush() {}

    private struct Collector: Injector {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private struct Reader: Extractor {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        var values: [String: String] = [:]
        inner.inject(context, into: &values, using: Collector())
        guard let trace = values[InMemoryTracer.traceIDKey], let span = values[InMemoryTracer.spanIDKey] else { return }
        injector.inject("00.\(trace).\(span).01", forKey: "traceparent", into: &carrier)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        let parts = (extractor.extract(key: "traceparent", from: carrier) ?? "").split(separator: ".").map(String.init)
        guard parts.count == 4 else { return }
        inner.extract(
            [InMemoryTracer.traceIDKey: parts[1], InMemoryTracer.spanIDKey: parts[2]], into: &context, using: Reader())
    }
}
