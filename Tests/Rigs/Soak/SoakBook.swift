// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

@testable import CrashKit

/// What the clients of a soak were told, kept as small as its promises allow.
final class SoakBook: Sendable {
    private struct State {
        var confirmed: Set<MessageIdentity> = []
        var seen: [SubscriptionName: Set<MessageIdentity>] = [:]
        var settled: [SubscriptionName: Set<MessageIdentity>] = [:]
        var counts: [String: Int] = [:]
        var problems: [String] = []
        var isStopping = false
        var isDraining = false
        var isOver = false
    }

    private let state = Lock(State())

    /// Whether nothing new is to be begun.
    var isStopping: Bool { state.withLock { $0.isStopping } }
    /// Whether all that comes is to be acked.
    var isDraining: Bool { state.withLock { $0.isDraining } }
    /// Whether consumers are to go.
    var isOver: Bool { state.withLock { $0.isOver } }
    var problems: [String] { state.withLock { $0.problems } }
    var counts: [String: Int] { state.withLock { $0.counts } }

    func stop() { state.withLock { $0.isStopping = true } }
    func finish() { state.withLock { $0.isOver = true } }
    func drain() { state.withLock { $0.isDraining = true } }

    func count(_ what: String, _ number: Int = 1) {
        state.withLock { $0.counts[what, default: 0] += number }
    }

    func add(problem: String) {
        state.withLock { $0.problems.append(problem) }
    }

    func confirmed(_ identity: MessageIdentity) {
        state.withLock { _ = $0.confirmed.insert(identity) }
    }

    /// A delivery; one of a message whose end was confirmed is a fault.
    func delivered(_ identity: MessageIdentity?, to subscription: SubscriptionName) {
        state.withLock { state in
            guard let identity else { return state.problems.append("\(subscription) got a damaged message") }
            state.seen[subscription, default: []].insert(identity)
            guard state.settled[subscription]?.contains(identity) == true else { return }
            state.problems.append("\(subscription) got \(identity) again, although it was confirmed as settled")
        }
    }

    /// It was confirmed that messages are settled.
    func settled(_ identities: [MessageIdentity], on subscription: SubscriptionName) {
        state.withLock { $0.settled[subscription, default: []].formUnion(identities) }
    }

    /// What was confirmed and never came.
    func judge(_ subscriptions: [SubscriptionName]) -> [String] {
        state.withLock { state in
            subscriptions.compactMap { subscription in
                let missing = state.confirmed.filter { $0.publisher == Soak.publisher(of: subscription.topic) }
                    .subtracting(state.seen[subscription] ?? [])
                return missing.isEmpty ? nil : "\(missing.count) confirmed messages never came to \(subscription)"
            }
        }
    }
}
