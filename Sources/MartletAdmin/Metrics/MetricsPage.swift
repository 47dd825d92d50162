// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletService

/// Everything that is counted and measured, for Prometheus.
///
/// Topics and subscriptions beyond a number have no series of their own: they are summed under the name `(other)`, so
/// that the sums are right and the series bounded.
struct MetricsPage {
    /// Topics that have series of their own, of two samples each.
    static let topics = 1_000
    /// Subscriptions that have series of their own, of some twenty-five samples each.
    static let subscriptions = 400
    /// What the others stand under, which no topic can be named.
    static let other = "(other)"

    private let survey: FullSurvey
    private let disk: DiskTimes.Counts
    private let traffic: TrafficCounts
    private let now: UInt64

    init(_ survey: FullSurvey, _ disk: DiskTimes.Counts, _ traffic: TrafficCounts, now: UInt64 = WallTime.now) {
        self.survey = survey
        self.disk = disk
        self.traffic = traffic
        self.now = now
    }

    /// The page.
    var bytes: [UInt8] {
        var writer = ExpositionWriter()
        writeServer(to: &writer)
        writeTraffic(to: &writer)
        writePublishes(to: &writer)
        let rows = SubscriptionRow.rows(survey, limit: Self.subscriptions, now: now)
        for metric in SubscriptionMetric.all { metric.write(rows, to: &writer) }
        writeTimes(to: &writer)
        writeFailures(to: &writer)
        writeProcesses(to: &writer)
        writeStorage(to: &writer)
        ProcessMetrics.write(to: &writer, started: now / 1_000 - min(now / 1_000, survey.broker.uptimeSeconds))
        return writer.bytes
    }

    private func writeServer(to writer: inout ExpositionWriter) {
        writer.begin("martlet_build_info", .gauge, "The version.")
        writer.sample(UInt64(1), [("version", survey.broker.version)])
        writer.single("martlet_connections", .gauge, "Connections that said hello.", UInt64(survey.broker.connections))
        writer.single(
            "martlet_connections_total", .counter, "Connections that said hello since the start.",
            survey.counts.connections)
        writer.single("martlet_topics", .gauge, "Topics.", UInt64(survey.broker.topics))
        writer.single("martlet_subscriptions", .gauge, "Subscriptions.", UInt64(survey.broker.subscriptions))
        writer.single(
            "martlet_untaken_bytes", .gauge, "Bytes of deliveries that were sent and are not known to be taken.",
            UInt64(survey.broker.untakenBytes))
    }

    private func writeTraffic(to writer: inout ExpositionWriter) {
        writer.single(
            "martlet_bytes_in_total", .counter, "Bytes of the line protocol that came in.", traffic.bytesIn)
        writer.single(
            "martlet_bytes_out_total", .counter, "Bytes of the line protocol that were said.", traffic.bytesOut)
        let errors = survey.counts.refusals.merging(traffic.refusals, uniquingKeysWith: +)
        writer.begin(
            "martlet_protocol_errors_total", .counter,
            "Connections, and commands other than publishes, that were refused, by the code of the error.")
        for (code, count) in errors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            writer.sample(count, [("code", code.rawValue)])
        }
    }

    private func writePublishes(to writer: inout ExpositionWriter) {
        let topics = survey.topics.filter { !$0.info.name.hasPrefix("$") }
        let own = topics.prefix(Self.topics)
        let others = topics.dropFirst(Self.topics)
        func write(_ name: String, _ help: String, _ value: (Survey.Topic) -> UInt64) {
            writer.begin(name, .counter, help)
            for topic in own { writer.sample(value(topic), [("topic", topic.info.name)]) }
            guard !others.isEmpty else { return }
            writer.sample(others.reduce(0) { $0 + value($1) }, [("topic", Self.other)])
        }
        write("martlet_messages_published_total", "Messages since the topic was made.", \.published)
        write(
            "martlet_message_bytes_published_total", "Bytes of messages since the topic was made.", \.publishedBytes)
        let counts = survey.counts
        writer.single(
            "martlet_publish_duplicates_total", .counter, "Publishes that were accepted before.", counts.duplicates)
        writer.begin("martlet_publish_rejected_total", .counter, "Publishes that were refused.")
        for (reason, count) in counts.refused.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            writer.sample(count, [("reason", reason.rawValue)])
        }
        writer.single(
            "martlet_publish_unsubscribed_total", .counter, "Messages that no subscription sees.", counts.unseen)
    }

    private func writeTimes(to writer: inout ExpositionWriter) {
        let counts = survey.counts
        writer.histogram(
            "martlet_queue_wait_seconds", "From when messages became visible to their first delivery.",
            counts.queueWait, unit: 1_000)
        writer.histogram(
            "martlet_handle_seconds", "From deliveries to their ends by their consumers.", counts.handling, unit: 1_000)
        writer.histogram(
            "martlet_scheduled_lateness_seconds", "From when scheduled messages were due to when they became visible.",
            counts.lateness, unit: 1_000)
        writer.histogram(
            "martlet_lease_used_ratio", "How much of their leases deliveries took.", counts.leaseUse, unit: 100)
        writer.single("martlet_lease_extensions_total", .counter, "Leases that were extended.", counts.extensions)
    }

    private func writeFailures(to writer: inout ExpositionWriter) {
        let counts = survey.counts
        writer.begin("martlet_settle_rejected_total", .counter, "Tags that could not be settled.")
        writer.sample(counts.leasesLost, [("reason", "lease_lost")])
        writer.begin("martlet_advisories_total", .counter, "What the broker said of itself.")
        for (type, count) in counts.events.sorted(by: { $0.key < $1.key }) { writer.sample(count, [("type", type)]) }
    }

    private func writeProcesses(to writer: inout ExpositionWriter) {
        let counts = survey.counts
        writer.single(
            "martlet_expectations_missed_total", .counter, "What was expected and did not come in time.",
            counts.events["expect.missed"] ?? 0)
        writer.single(
            "martlet_tx_committed_total", .counter, "Transactions that were done.", counts.transactions.committed)
        writer.single(
            "martlet_tx_aborted_total", .counter, "Transactions that were not done.", counts.transactions.aborted)
        writer.single(
            "martlet_state_conflicts_total", .counter,
            "Records that were not changed, since they had another version than was expected.", counts.conflicts)
        writer.single(
            "martlet_receipt_hits_total", .counter,
            "Deliveries that told what came of the message when it was handled before.", counts.receiptHits)
        guard let levels = survey.levels else { return }
        writer.single("martlet_timers_pending", .gauge, "Timers of the broker that are set.", UInt64(levels.timers))
        writer.single(
            "martlet_dedup_entries", .gauge, "Ids of messages in memory, so that repeats are recognised.",
            UInt64(levels.ids))
        guard let store = levels.stored else { return }
        writer.single(
            "martlet_scheduled_messages", .gauge,
            "Messages that wait for their time, of each clock \(BrokerLevels.Stored.countedScheduled) at most.",
            UInt64(store.scheduled))
        writer.single(
            "martlet_expectations_open", .gauge, "What processes are to get in time.", UInt64(store.expectations))
        writer.single("martlet_receipts_entries", .gauge, "Receipts.", UInt64(store.receipts))
    }

    private func writeStorage(to writer: inout ExpositionWriter) {
        let storage = survey.broker.storage
        writer.single("martlet_lmdb_map_bytes", .gauge, "Bytes that the data file can grow to.", storage.mapBytes)
        writer.single("martlet_lmdb_used_bytes", .gauge, "Bytes of the data file in use.", storage.usedBytes)
        if let store = survey.levels?.stored {
            writer.single("martlet_lmdb_pages", .gauge, "Pages of the data file in use.", UInt64(store.pages))
            if let free = store.freePages {
                writer.single("martlet_lmdb_free_pages", .gauge, "Pages among them that are free.", UInt64(free))
            }
            writer.single(
                "martlet_lmdb_readers", .gauge, "Slots of readers that have been taken.", UInt64(store.readers))
        }
        writer.single("martlet_disk_free_bytes", .gauge, "Bytes free on the disk.", storage.diskFreeBytes)
        writer.single("martlet_storage_full", .gauge, "Whether publishes are refused.", storage.full ? 1 : 0)
        writer.single(
            "martlet_damaged_total", .counter, "Messages and rows that were found damaged.", storage.damaged)
        writer.histogram(
            "martlet_lmdb_commit_seconds",
            "Commits of the journal, or of the data file when much is written; each flushes.", disk.commits,
            unit: 1_000_000)
        writer.histogram(
            "martlet_lmdb_sync_seconds", "Flushes that make a last commit of the data file durable.", disk.flushes,
            unit: 1_000_000)
        writer.single("martlet_lmdb_operations_total", .counter, "Operations of commits.", disk.operations)
    }
}
