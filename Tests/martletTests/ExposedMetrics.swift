// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The metrics at `/metrics` that the files of `config/` may use.
enum ExposedMetrics {
    /// Their names, without the endings of histograms.
    static let names: Set<String> = [
        "martlet_advisories_total", "martlet_build_info", "martlet_connections", "martlet_damaged_total",
        "martlet_disk_free_bytes", "martlet_dlq_messages", "martlet_expectations_missed_total",
        "martlet_handle_seconds", "martlet_lmdb_commit_seconds", "martlet_lmdb_map_bytes",
        "martlet_lmdb_sync_seconds", "martlet_lmdb_used_bytes", "martlet_message_bytes_published_total",
        "martlet_messages_dead_lettered_total", "martlet_messages_delivered_total",
        "martlet_messages_lost_to_retention_total", "martlet_messages_published_total",
        "martlet_messages_redelivered_total", "martlet_messages_settled_total", "martlet_publish_rejected_total",
        "martlet_queue_wait_seconds", "martlet_settle_rejected_total", "martlet_storage_full",
        "martlet_subscription_backlog_messages", "martlet_subscription_consumers", "martlet_subscription_deferred",
        "martlet_subscription_in_flight", "martlet_subscription_oldest_unsettled_age_seconds",
        "martlet_subscription_parked", "martlet_subscription_paused", "martlet_untaken_bytes",
    ]
}
