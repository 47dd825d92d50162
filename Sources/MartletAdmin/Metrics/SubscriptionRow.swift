// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// The numbers of one subscription, or the sums of several.
struct SubscriptionRow {
    /// Its topic.
    let topic: String
    /// Its name.
    let name: String
    /// What `INFO` says of those that it stands for.
    private(set) var parts: [Survey.Subscription]
    /// Unix milliseconds.
    let now: UInt64

    /// A row for each subscription of other topics than the broker's, as far as the limit goes, and one for the rest.
    static func rows(_ survey: FullSurvey, limit: Int, now: UInt64) -> [SubscriptionRow] {
        let all = survey.topics.filter { !$0.info.name.hasPrefix("$") }.flatMap(\.subscriptions)
        var rows = all.prefix(limit).map {
            SubscriptionRow(topic: $0.info.topic, name: $0.info.name, parts: [$0], now: now)
        }
        let others = Array(all.dropFirst(limit))
        if !others.isEmpty {
            rows.append(SubscriptionRow(topic: MetricsPage.other, name: MetricsPage.other, parts: others, now: now))
        }
        return rows
    }

    var labels: ExpositionWriter.Labels { [("topic", topic), ("subscription", name)] }

    /// The sum of a number.
    func sum(_ value: (Survey.Subscription) -> UInt64) -> UInt64 { parts.reduce(0) { $0 + value($1) } }

    /// Seconds since the oldest message that is not settled became visible.
    var oldestAge: Double { age { $0.oldest?.time } }

    /// Seconds since the oldest dead letter died.
    var oldestDeadAge: Double { age(\.oldestDead) }

    private func age(_ time: (Survey.Subscription) -> UInt64?) -> Double {
        let time = parts.lazy.compactMap(time).min() ?? now
        return Double(now - min(time, now)) / 1_000
    }
}
