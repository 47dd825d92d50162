// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletAdmin
import MartletModel
import MartletService
import Testing

/// Everything that is counted, as Prometheus reads it.
struct MetricsTests {
    private func page(_ bed: AdminBed) async throws -> ExpositionParser {
        let answer = try await bed.get("/metrics")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        return try ExpositionParser(answer.text)
    }

    @Test func `an empty broker has a page that a strict reader takes`() async throws {
        try await AdminBed.run { bed in
            let page = try await page(bed)
            #expect(page.value("martlet_build_info", ["version": "0.1.0"]) == 1)
            #expect(page.value("martlet_lmdb_map_bytes") == Double(1 << 30))
            #expect(page.value("martlet_queue_wait_seconds_count") == 0)
            #expect(page.value("process_start_time_seconds").map { $0 > 0 } == true)
        }
    }

    @Test func `publishes, deliveries and their ends are counted`() async throws {
        try await AdminBed.run { bed in
            let publishes = (1...3).map { "PUB orders 1 id=o-\($0)\n\($0)\n" }.joined()
            try await Wire.talk(
                bed.brokerPort,
                [
                    ("HELLO 1\nSUB 1 orders billing from=earliest\n\(publishes)PUB orders 1 id=o-1\n1\n", "MSG 1 3"),
                    ("ACK 1 1\nREJECT 1 2 code=bad\nNACK 1 3\nPING\n", "PONG"),
                ])
            let page = try await page(bed)
            let place = ["topic": "orders", "subscription": "billing"]
            func settled(_ outcome: String) -> Double? {
                page.value("martlet_messages_settled_total", place.merging(["outcome": outcome]) { $1 })
            }
            #expect(page.value("martlet_messages_published_total", ["topic": "orders"]) == 3)
            #expect(page.value("martlet_publish_duplicates_total") == 1)
            #expect(page.value("martlet_messages_delivered_total", place) == 3)
            #expect(settled("ack") == 1)
            #expect(settled("reject") == 1)
            #expect(settled("nack") == 1)
            #expect(settled("timeout") == 0)
            #expect(
                page.value("martlet_messages_dead_lettered_total", place.merging(["reason": "rejected"]) { $1 }) == 1)
            #expect(page.value("martlet_dlq_messages", place) == 1)
            #expect(page.value("martlet_subscription_backlog_messages", place) == 1)
            #expect(page.value("martlet_subscription_deferred", place) == 1)
            #expect(page.value("martlet_queue_wait_seconds_count") == 3)
            #expect(page.value("martlet_handle_seconds_count") == 3)
            #expect(page.value("martlet_lease_used_ratio_count") == 3)
            #expect(page.value("martlet_advisories_total", ["type": "message.dead"]) == 1)
            #expect(page.value("martlet_lmdb_commit_seconds_count").map { $0 > 0 } == true)
        }
    }

    @Test func `what has no series of its own is in the sums of the others`() async throws {
        try await AdminBed.run { bed in
            let creates = (0..<402).map { "CREATE subscription t-\(1_000 + $0) s from=earliest\n" }.joined()
            try await Wire.talk(bed.brokerPort, [("HELLO 1\n\(creates)PING\n", "PONG")])
            let page = try await page(bed)
            let samples = try #require(page.families["martlet_subscription_consumers"]?.samples)
            #expect(samples.count == 401)
            #expect(page.value("martlet_subscription_consumers", ["topic": "(other)", "subscription": "(other)"]) == 0)
            let last = ["topic": "t-1400", "subscription": "s"]
            #expect(page.value("martlet_subscription_consumers", last) == nil)
            #expect(page.value("martlet_subscriptions") == 402)
        }
    }
}
