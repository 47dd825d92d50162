// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import Synchronization

/// Takes what the broker says to the event loops of its connections, as one task per loop.
final class DeliveryRoute: Sendable {
    private let registries = Mutex<[ConnectionRegistry]>([])

    func set(_ registries: [ConnectionRegistry]) {
        self.registries.withLock { $0 = registries }
    }

    func deliver(_ outboxes: [Outbox]) {
        let registries = registries.withLock { $0 }
        if registries.count == 1 { return registries[0].deliver(outboxes) }
        var routes: [[Outbox]] = Array(repeating: [], count: registries.count)
        for outbox in outboxes { routes[ConnectionRegistry.loop(of: outbox.connection)].append(outbox) }
        for (registry, outboxes) in zip(registries, routes) where !outboxes.isEmpty { registry.deliver(outboxes) }
    }
}
