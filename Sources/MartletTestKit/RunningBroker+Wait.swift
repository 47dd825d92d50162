// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletLock

// Tests wait for what the broker says, not for a time.
extension RunningBroker {
    /// After how many milliseconds the broker is asked again.
    private static let interval: Int64 = 2

    /// Waits until a subscription stands as the test wants it; the broker's clock may stand still meanwhile.
    ///
    /// It asks the broker again and again, over a connection of its own.
    ///
    /// - Parameter limit: after which time of the machine's clock it gives up.
    /// - Throws: `UnmetCondition` when that time is over; `CancellationError` when the task is cancelled.
    public func wait(until condition: BrokerCondition, within limit: Duration = .seconds(60)) async throws {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: "test-kit")
        configuration.backoff = .init(least: .milliseconds(1), most: .milliseconds(20))
        let logger = Logger(label: "martlet-test") { _ in SwiftLogNoOpLogHandler() }
        let last = LastCounts()
        try await Client.with(configuration, logger: logger) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while true {
                        let counts = try await SubscriptionCounts(
                            of: condition.subscription, on: condition.topic, from: client)
                        last.counts.withLock { $0 = counts }
                        if let counts, condition.isMet(counts) { return }
                        try await client.wait(milliseconds: Self.interval)
                    }
                }
                // While there is no broker, only this one goes on.
                group.addTask {
                    try await client.wait(milliseconds: Int64(limit / .milliseconds(1)))
                    throw UnmetCondition(condition: condition, counts: last.counts.withLock { $0 })
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}

/// What two tasks of a wait share.
private final class LastCounts: Sendable {
    let counts = Lock<SubscriptionCounts?>(nil)
}
