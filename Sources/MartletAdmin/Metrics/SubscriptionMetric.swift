// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// One metric that every subscription has.
struct SubscriptionMetric: Sendable {
    /// A sample: labels besides those of the subscription, and the number.
    typealias Samples = @Sendable (SubscriptionRow) -> [(labels: ExpositionWriter.Labels, value: Double)]

    let name: String
    let kind: ExpositionWriter.Kind
    let help: String
    let samples: Samples

    private init(_ name: String, _ kind: ExpositionWriter.Kind, _ help: String, samples: @escaping Samples) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    private init(
        _ name: String, _ kind: ExpositionWriter.Kind, _ help: String,
        _ value: @escaping @Sendable (Survey.Subscription) -> UInt64
    ) {
        self.init(name, kind, help) { [([], Double($0.sum(value)))] }
    }

    /// Writes it for all subscriptions.
    func write(_ rows: [SubscriptionRow], to writer: inout ExpositionWriter) {
        writer.begin(name, kind, help)
        for row in rows {
            for sample in samples(row) {
                let labels = row.labels + sample.labels
                // Whole numbers are written as such.
                if let whole = UInt64(exactly: sample.value) {
                    writer.sample(whole, labels)
                } else {
                    writer.sample(sample.value, labels)
                }
            }
        }
    }

    private static let outcomes: [(String, @Sendable (DeliveryCounts) -> UInt64)] = [
        ("ack", { $0.acked }), ("nack", { $0.nacked }), ("release", { $0.released }), ("reject", { $0.rejected }),
        ("park", { $0.parked }), ("timeout", { $0.timedOut }), ("disconnect", { $0.disconnected }),
    ]

    /// All of them.
    static let all: [SubscriptionMetric] = counters + gauges

    private static let counters = [
        SubscriptionMetric("martlet_messages_delivered_total", .counter, "Deliveries.") { $0.counts.delivered },
        SubscriptionMetric(
            "martlet_messages_redelivered_total", .counter,
            "Deliveries of messages that were delivered before, by why they came back.",
            samples: { row in
                ReturnReason.allCases.enumerated().compactMap { place, reason in
                    let count = row.sum { $0.counts.redeliveries.isEmpty ? 0 : $0.counts.redeliveries[place] }
                    return count == 0 ? nil : ([("reason", "\(reason)")], Double(count))
                }
            }),
        SubscriptionMetric(
            "martlet_messages_settled_total", .counter, "Deliveries that ended, by how.",
            samples: { row in
                outcomes.map { outcome in
                    ([("outcome", outcome.0)], Double(row.sum { outcome.1($0.counts) }))
                }
            }),
        SubscriptionMetric(
            "martlet_messages_dead_lettered_total", .counter, "Messages that died, by why.",
            samples: { row in
                Redrive.Filter.reasons.enumerated().compactMap { place, reason in
                    let count = row.sum { $0.counts.dead.isEmpty ? 0 : $0.counts.dead[place] }
                    return count == 0 ? nil : ([("reason", reason)], Double(count))
                }
            }),
        SubscriptionMetric("martlet_messages_redriven_total", .counter, "Dead letters that were delivered again.") {
            $0.counts.redriven
        },
        SubscriptionMetric("martlet_messages_expired_total", .counter, "Messages whose time was over.") {
            $0.counts.expired
        },
        SubscriptionMetric(
            "martlet_messages_lost_to_retention_total", .counter,
            "Messages that went before they were settled, since the subscription was made."
        ) { $0.info.lost },
        SubscriptionMetric(
            "martlet_messages_filtered_total", .counter,
            "Messages that the filter did not pass, since the subscription was made."
        ) { $0.info.filtered },
    ]

    private static let gauges = [
        SubscriptionMetric("martlet_subscription_backlog_messages", .gauge, "Messages that are not settled.") {
            $0.info.backlog
        },
        SubscriptionMetric(
            "martlet_subscription_backlog_bytes", .gauge,
            "Bytes of the log from the oldest message on that is not settled."
        ) { $0.backlogBytes },
        SubscriptionMetric(
            "martlet_subscription_blocked_keys", .gauge, "Keys whose messages wait for an older one of theirs."
        ) { UInt64($0.blockedKeys) },
        SubscriptionMetric(
            "martlet_subscription_oldest_unsettled_age_seconds", .gauge,
            "How long ago the oldest message that is not settled became visible.",
            samples: { [([], $0.oldestAge)] }),
        SubscriptionMetric("martlet_subscription_in_flight", .gauge, "Messages that consumers hold.") {
            UInt64($0.info.inFlight)
        },
        SubscriptionMetric("martlet_subscription_deferred", .gauge, "Messages that wait for their time.") {
            $0.info.deferred
        },
        SubscriptionMetric("martlet_subscription_parked", .gauge, "Messages that wait for a person.") {
            $0.info.parked
        },
        SubscriptionMetric("martlet_subscription_consumers", .gauge, "Consumers.") { UInt64($0.info.consumers) },
        SubscriptionMetric("martlet_subscription_credit", .gauge, "Messages that consumers could take now.") {
            UInt64($0.credit)
        },
        SubscriptionMetric("martlet_subscription_paused", .gauge, "Whether deliveries are paused.") {
            $0.info.paused ? 1 : 0
        },
        SubscriptionMetric("martlet_dlq_messages", .gauge, "Dead letters.") { $0.info.dead },
        SubscriptionMetric(
            "martlet_dlq_oldest_age_seconds", .gauge, "How long ago the oldest dead letter died.",
            samples: { [([], $0.oldestDeadAge)] }),
    ]
}
