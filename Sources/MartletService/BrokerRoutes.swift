// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock

/// Takes what the broker says to the routes of its peers, as one call per route.
final class BrokerRoutes: Sendable {
    /// Routes that ids can tell apart.
    static let limit = 64

    private let routes = Lock<[@Sendable ([Outbox]) -> Void]>([])

    /// Adds a route that delivers to no one yet, and gives its number.
    func add() -> Int {
        routes.withLock { routes in
            precondition(routes.count < Self.limit, "more than \(Self.limit) routes")
            routes.append { _ in }
            return routes.count - 1
        }
    }

    /// Says where a route delivers to.
    func set(_ number: Int, _ deliver: @escaping @Sendable ([Outbox]) -> Void) {
        routes.withLock { $0[number] = deliver }
    }

    func deliver(_ outboxes: [Outbox]) {
        let routes = routes.withLock { $0 }
        guard let first = outboxes.first else { return }
        let number = Self.route(of: first)
        // The usual case: one event loop.
        if outboxes.allSatisfy({ Self.route(of: $0) == number }) { return routes[number](outboxes) }
        var parts: [[Outbox]] = Array(repeating: [], count: routes.count)
        for outbox in outboxes { parts[Self.route(of: outbox)].append(outbox) }
        for (route, part) in zip(routes, parts) where !part.isEmpty { route(part) }
    }

    private static func route(of outbox: Outbox) -> Int { Int(outbox.connection.value % UInt64(limit)) }
}
