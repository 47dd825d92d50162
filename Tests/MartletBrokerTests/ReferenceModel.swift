// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// What a subscription owes its consumers, as simply as it can be said.
///
/// It does not say what the broker has to deliver next, only what it may deliver, so it needs none of the broker's
/// queues, windows into the log or bitmaps.
struct ReferenceModel {
    struct Held: Equatable {
        var connection: UInt64
        var tag: UInt64
        var deadline: UInt64
    }

    let lease: UInt64
    let maxFailures: Int
    let backoff: UInt64

    /// Messages that were confirmed to a publisher.
    private(set) var published: UInt64 = 0
    private(set) var settled: Set<UInt64> = []
    private(set) var dead: Set<UInt64> = []
    private(set) var held: [UInt64: Held] = [:]
    private var deliveries: [UInt64: UInt32] = [:]
    private var stored: [UInt64: UInt32] = [:]
    private var failures: [UInt64: Int] = [:]
    private var notBefore: [UInt64: UInt64] = [:]
    private var lastFirst: UInt64 = 0

    init(lease: UInt64, maxFailures: Int, backoff: UInt64) {
        self.lease = lease
        self.maxFailures = maxFailures
        self.backoff = backoff
    }

    mutating func publish(_ count: Int) {
        published += UInt64(count)
    }

    /// Takes a delivery, or says why it may not be.
    mutating func deliver(_ got: Got, to connection: UInt64, window: Int, at now: UInt64) -> String? {
        if got.offset == 0 || got.offset > published { return "was never published" }
        if settled.contains(got.offset) { return "was settled" }
        if held[got.offset] != nil { return "is held by a consumer" }
        if let time = notBefore[got.offset], now < time { return "is not due for \(time - now) ms" }
        if got.attempt != (deliveries[got.offset] ?? 0) + 1 { return "is not attempt \(got.attempt)" }
        if deliveries[got.offset] == nil {
            if got.offset <= lastFirst { return "comes behind \(lastFirst)" }
            lastFirst = got.offset
        }
        deliveries[got.offset] = got.attempt
        held[got.offset] = Held(connection: connection, tag: got.tag, deadline: now + lease)
        let count = held.values.filter { $0.connection == connection }.count
        return count > window ? "exceeds the window of \(window)" : nil
    }

    private func offset(_ connection: UInt64, _ tag: UInt64) -> UInt64? {
        held.first { $0.value.connection == connection && $0.value.tag == tag }?.key
    }

    mutating func settle(_ verb: Settle.Verb, _ connection: UInt64, _ tag: UInt64, delay: Int?, at now: UInt64) {
        guard let offset = offset(connection, tag) else { return }
        held[offset] = nil
        switch verb {
        case .ack: settled.insert(offset)
        case .nack: fail(offset, delay: delay.map(UInt64.init), at: now)
        case .reject: bury(offset)
        case .release:
            guard let delay, delay > 0 else { return }
            notBefore[offset] = now + UInt64(delay)
            stored[offset] = deliveries[offset]
        }
    }

    private mutating func fail(_ offset: UInt64, delay: UInt64?, at now: UInt64) {
        failures[offset, default: 0] += 1
        if failures[offset, default: 0] >= maxFailures { return bury(offset) }
        notBefore[offset] = now + (delay ?? backoff * 8 / 10)
        stored[offset] = deliveries[offset]
    }

    private mutating func bury(_ offset: UInt64) {
        settled.insert(offset)
        dead.insert(offset)
    }

    /// Lets leases run out.
    mutating func pass(to now: UInt64) {
        for (offset, lease) in held where lease.deadline <= now {
            held[offset] = nil
            fail(offset, delay: nil, at: now)
        }
    }

    mutating func disconnect(_ connection: UInt64) {
        held = held.filter { $0.value.connection != connection }
    }

    /// What was in flight comes again; only what the store knows keeps its count.
    mutating func crash() {
        held = [:]
        deliveries = stored
        lastFirst = 0
    }
}
