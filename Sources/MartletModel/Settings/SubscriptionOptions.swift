// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of a subscription that a client named; what is nil has its default.
package struct SubscriptionOptions: Equatable, Sendable {
    /// How long a delivery may be held, in milliseconds.
    package var lease: Int?
    /// Failures of a message before it is dead-lettered.
    package var maxFailures: Int?
    /// Deliveries in a row that ended uncounted before a message is dead-lettered.
    package var maxDeliveries: Int?
    /// Delays between failures, in milliseconds; the last one repeats.
    package var backoff: [Int]?
    /// Whether it is removed some time after its last consumer.
    package var ephemeral = false
    /// Which messages wait for which.
    package var order: Order?
    /// What becomes of a message that would be dead-lettered.
    package var onPoison: OnPoison?
    /// What becomes of a message whose time is over.
    package var onExpire: OnExpire?
    /// Within which time every message is to be settled, in milliseconds; 0 is no limit.
    package var expect: Int?
    /// How long after its last consumer the subscription ends, in milliseconds; 0 is never.
    package var expireAfter: Int?
    /// Which messages the subscription is about.
    package var filter: Filter?

    /// Makes options that name nothing.
    package init() {}

    /// The settings, given those that hold where nothing is named.
    package func settings(over defaults: SubscriptionSettings) -> SubscriptionSettings {
        var settings = SubscriptionSettings(
            lease: lease ?? defaults.lease, maxFailures: maxFailures ?? defaults.maxFailures,
            maxDeliveries: maxDeliveries ?? defaults.maxDeliveries, backoff: backoff ?? defaults.backoff,
            ephemeral: ephemeral || defaults.ephemeral)
        settings.order = order ?? defaults.order
        settings.onPoison = onPoison ?? defaults.onPoison
        settings.onExpire = onExpire ?? defaults.onExpire
        settings.expect = expect ?? defaults.expect
        settings.expireAfter = expireAfter ?? defaults.expireAfter
        settings.filter = filter ?? defaults.filter
        return settings
    }

    /// An option that says something else than a setting.
    package typealias Conflict = (name: String, value: String, asked: String)

    /// The first option that says something else than the settings; nil when all agree.
    package func conflict(with settings: SubscriptionSettings) -> Conflict? {
        Self.difference("lease", lease, settings.lease, DurationCoding.encode)
            ?? Self.difference("max-failures", maxFailures, settings.maxFailures) { "\($0)" }
            ?? Self.difference("max-deliveries", maxDeliveries, settings.maxDeliveries) { "\($0)" }
            ?? Self.difference("backoff", backoff, settings.backoff) {
                $0.map(DurationCoding.encode).joined(separator: ",")
            }
            ?? Self.difference("on-poison", onPoison, settings.onPoison, \.word)
            ?? Self.difference("on-expire", onExpire, settings.onExpire, \.word)
            ?? Self.difference("expect", expect, settings.expect, Self.optional)
            ?? Self.difference("expire-after", expireAfter, settings.expireAfter, Self.optional)
            ?? fixedConflict(with: settings)
    }

    /// The first option that says something else than a setting that cannot be changed.
    package func fixedConflict(with settings: SubscriptionSettings) -> Conflict? {
        if ephemeral, !settings.ephemeral { return ("ephemeral", "no end", "one") }
        if let order = Self.difference("order", order, settings.order, \.word) { return order }
        guard let filter else { return nil }
        let theirs = settings.filter
        if !filter.header.isEmpty, filter.header != theirs.header || filter.value != theirs.value {
            return ("where", Self.condition(theirs), Self.condition(filter))
        }
        guard !filter.keyPrefix.isEmpty, filter.keyPrefix != theirs.keyPrefix else { return nil }
        return ("key-prefix", Self.prefix(theirs), Self.prefix(filter))
    }

    private static func difference<Value: Equatable>(
        _ name: String, _ asked: Value?, _ value: Value, _ text: (Value) -> String
    ) -> Conflict? {
        guard let asked, asked != value else { return nil }
        return (name, text(value), text(asked))
    }

    private static func optional(_ duration: Int) -> String {
        duration == 0 ? "none" : DurationCoding.encode(duration)
    }

    private static func condition(_ filter: Filter) -> String {
        filter.header.isEmpty ? "none" : "\(filter.header):\(String(decoding: filter.value, as: UTF8.self))"
    }

    private static func prefix(_ filter: Filter) -> String {
        filter.keyPrefix.isEmpty ? "none" : String(decoding: filter.keyPrefix, as: UTF8.self)
    }
}
