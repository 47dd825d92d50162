// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// One consumer's subscription, checked.
struct SubscriptionRequest: Sendable {
    let topic: String
    let subscription: String
    let window: Int
    let options: ConsumerOptions
    private let start: Start?
    private let settings: SubscriptionOptions

    init(
        _ topic: String, _ subscription: String, from start: StartPosition?, window: Int, options: ConsumerOptions
    ) throws(ClientError) {
        try Check.readableName(topic, "topic")
        try Check.name(subscription, "subscription")
        guard (1...Limits.window).contains(window) else {
            throw ClientError(.badArgument, "concurrency, window: expected 1 to \(Limits.window)")
        }
        self.topic = topic
        self.subscription = subscription
        self.window = window
        self.options = options
        settings = try options.settings()
        self.start = start?.start
    }

    /// The command that asks for the messages.
    func command(consumer: Int) -> Command {
        var subscribe = Subscribe(
            consumer: UInt64(consumer), topic: topic, subscription: subscription, window: window,
            grace: options.grace.map { Int($0.milliseconds) } ?? 0, from: start, options: settings)
        subscribe.alters = options.alters
        return .subscribe(subscribe)
    }

    /// What a lease lasts, in milliseconds: as the broker's answer tells it, or as far as it is known here.
    func lease(toldBy reply: Reply) -> Int {
        let told = reply.options["lease"].flatMap { DurationCoding.decode($0) }
        return told.flatMap { $0 > 0 ? $0 : nil } ?? settings.lease ?? Defaults.lease
    }
}
