// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder for a broker's data, and beside it what the broker complains about; both go away with the value.
final class DataFolder: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-crash-\(UUID().uuidString)").path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: path + ".log")
    }
}

/// Runs what blocks on a thread of its own, away from the pool that all tests share.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}

/// Threads that load a broker until their connections break.
final class Load {
    /// The topics and subscriptions of the load.
    static let topics = ["orders", "events"]
    static let setting = Checker.Setting(
        subscriptions: topics.flatMap { topic in
            ["one", "two", "audit"].map { SubscriptionName(topic: topic, name: $0) }
        },
        exclusive: Set(
            topics.flatMap { topic in ["one", "audit"].map { SubscriptionName(topic: topic, name: $0) } }),
        maxFailures: 3)
    static let options = "max-failures=3 backoff=20ms,50ms lease=60s"

    private let group = DispatchGroup()

    /// Makes the topics and subscriptions.
    static func prepare(port: Int) throws {
        let connection = try WireConnection(port: port)
        for topic in topics {
            guard try connection.request("CREATE topic \(topic)").line == "OK" else {
                throw ProcessFailure(description: "CREATE topic \(topic) was refused")
            }
        }
        for subscription in setting.subscriptions {
            let names = "\(subscription.topic) \(subscription.name)"
            guard try connection.request("CREATE subscription \(names) from=earliest \(options)").line == "OK" else {
                throw ProcessFailure(description: "CREATE subscription \(names) was refused")
            }
        }
    }

    /// Starts the threads.
    ///
    /// - Parameter pause: the most microseconds that a publisher waits before it publishes more.
    init(port: Int, epoch: Int, seed: UInt64, history: History, pause: UInt32 = 0) {
        var dice = Dice(seed: seed)
        for topic in Self.topics {
            run(history) { [seed = dice.next()] in
                let publisher = Publisher(
                    port: port, topics: [topic], window: pause > 0 ? 8 : 64, isMixed: false, seed: seed, pause: pause,
                    isNamed: topic == Self.topics[0])
                try publisher.run(history)
            }
            for (name, consumers) in [("one", 1), ("two", 2)] {
                for _ in 0..<consumers {
                    let subscription = SubscriptionName(topic: topic, name: name)
                    run(history) { [seed = dice.next()] in
                        let consumer = Consumer(
                            port: port, epoch: epoch, subscription: subscription, isSteady: name == "one", seed: seed)
                        try consumer.run(history)
                    }
                }
            }
        }
        run(history) { [seed = dice.next()] in
            let publisher = Publisher(
                port: port, topics: Self.topics, window: 4, isMixed: true, seed: seed, pause: 3 * pause)
            try publisher.run(history)
        }
    }

    private func run(_ history: History, _ body: @escaping @Sendable () throws -> Void) {
        group.enter()
        Thread { [group] in
            do {
                try body()
            } catch WireError.closed {
                // The broker is gone, as it should be.
            } catch {
                history.add(problem: "\(error)")
            }
            group.leave()
        }.start()
    }

    /// Waits until all connections have broken and all that they had brought is noted.
    func wait() {
        group.wait()
    }
}
