// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
public import MartletClient
import MartletLock

// Tests wait for what the broker says, not for a time.
extension RunningBroker {
    /// After how many milliseconds the broker is asked again.
    private static let interval: Int64 = 2

    /// Waits until a subscription stands as the test wants it; the broker's clock may stand still meanwhile.
    ///
    /// It asks the broker again and again, over a connection of its own.
    ///
    /// - Parameters:
    ///   - condition: What must hold.
    ///   - limit: After which time of the machine's clock it gives up.
    /// - Throws: `UnmetCondition` when that time is over; `CancellationError` when the task is cancelled.
    public func wait(until condition: BrokerCondition, within limit: Duration = .seconds(60)) async throws {
        let last = Latest<SubscriptionCounts>()
        try await ask(within: limit) { client in
            let counts = try await SubscriptionCounts(of: condition.subscription, on: condition.topic, from: client)
            last.value.withLock { $0 = counts }
            return counts.map(condition.isMet) ?? false
        } orThrow: {
            UnmetCondition(condition: condition, counts: last.value.withLock { $0 })
        }
    }

    /// Waits until a verdict holds for a message; the broker's clock may stand still meanwhile.
    ///
    ///     try await broker.wait(until: .deferred, topic: "orders", message: .id("o-1"), subscription: "billing")
    ///     clock.advance(by: 5_000)
    ///
    /// A topic, a message or a subscription that is not there yet is waited for.
    ///
    /// - Parameters:
    ///   - verdict: What is to be so.
    ///   - topic: The topic.
    ///   - message: Which message of the topic.
    ///   - subscription: For which subscription; nil is for each of the topic, of which there must be one.
    ///   - limit: After which time of the machine's clock it gives up.
    /// - Returns: what the broker says of it, one explanation for each subscription.
    /// - Throws: `UnmetVerdict` when that time is over; `CancellationError` when the task is cancelled.
    @discardableResult
    public func wait(
        until verdict: MessageVerdict, topic: String, message: MessagePlace, subscription: String? = nil,
        within limit: Duration = .seconds(60)
    ) async throws -> [Explanation] {
        let last = Latest<[Explanation]>()
        try await ask(within: limit) { client in
            let found = try await Self.known {
                try await client.administration.why(topic, message, subscription: subscription)
            }
            last.value.withLock { $0 = found }
            return found.map { !$0.isEmpty && $0.allSatisfy { $0.verdict == verdict } } ?? false
        } orThrow: {
            UnmetVerdict(
                verdict: verdict, topic: topic, message: message, subscription: subscription,
                found: last.value.withLock { $0 } ?? [])
        }
        return last.value.withLock { $0 } ?? []
    }

    /// The answer of a broker; nil when there is no such topic or subscription.
    static func known<Answer>(_ question: () async throws -> Answer) async throws -> Answer? {
        do {
            return try await question()
        } catch let error as ClientError
            where ["unknown-topic", "unknown-subscription"].contains(error.code.refusal ?? "")
        {
            return nil
        }
    }

    /// Asks the broker again and again, over a connection of its own, until it says what is waited for.
    private func ask(
        within limit: Duration, _ isMet: @escaping @Sendable (Client) async throws -> Bool,
        orThrow failure: @escaping @Sendable () -> any Error
    ) async throws {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: "test-kit")
        configuration.backoff = .init(least: .milliseconds(1), most: .milliseconds(20))
        let logger = Logger(label: "martlet-test") { _ in SwiftLogNoOpLogHandler() }
        try await Client.with(configuration, logger: logger) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while try await !isMet(client) { try await client.wait(milliseconds: Self.interval) }
                }
                // While there is no broker, only this one goes on.
                group.addTask {
                    try await client.wait(milliseconds: Int64(limit / .milliseconds(1)))
                    throw failure()
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }
}

/// What two tasks of a wait share.
private final class Latest<Value: Sendable>: Sendable {
    let value = Lock<Value?>(nil)
}
