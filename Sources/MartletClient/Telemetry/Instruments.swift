// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import MartletLock

/// The metrics that were made so far; making one costs more than counting with it.
final class Instruments: Sendable {
    /// How many are kept: topics and error codes are few, and a program that makes them up must not fill memory.
    private static let limit = 1_000

    private struct State {
        var counters: [String: any CounterHandler] = [:]
        var recorders: [String: any RecorderHandler] = [:]
    }

    private let state = Lock(State())

    /// The counter of a name and its dimensions.
    func counter(
        _ name: String, _ dimensions: [(String, String)], _ factory: any MetricsFactory
    ) -> any CounterHandler {
        let key = Self.key(name, dimensions)
        return state.withLock { state in
            if let known = state.counters[key] { return known }
            if state.counters.count >= Self.limit { state.counters = [:] }
            let made = factory.makeCounter(label: name, dimensions: dimensions)
            state.counters[key] = made
            return made
        }
    }

    /// The recorder of a name and its dimensions.
    func recorder(
        _ name: String, _ dimensions: [(String, String)], _ factory: any MetricsFactory
    ) -> any RecorderHandler {
        let key = Self.key(name, dimensions)
        return state.withLock { state in
            if let known = state.recorders[key] { return known }
            if state.recorders.count >= Self.limit { state.recorders = [:] }
            let made = factory.makeRecorder(label: name, dimensions: dimensions, aggregate: true)
            state.recorders[key] = made
            return made
        }
    }

    private static func key(_ name: String, _ dimensions: [(String, String)]) -> String {
        dimensions.reduce(name) { "\($0)\n\($1.1)" }
    }
}
