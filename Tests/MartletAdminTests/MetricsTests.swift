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

    @Test func `what went over the connections, what was refused and what the store holds is counted`() async throws {
        try await AdminBed.run { bed in
            let set = "SET s k 1 version=7\nx\n"
            // A large message lies in several pieces, and is one all the same.
            let large = "PUB orders 9000 id=later delay=1h\n\(String(repeating: "x", count: 9_000))\n"
            let said = "HELLO 1\nSUB 1 orders billing from=earliest\nPUB orders 1 id=a\n1\n\(large)"
            try await Wire.talk(bed.brokerPort, [(said, "due=")])
            let before = try await page(bed)
            let received = try #require(before.value("martlet_bytes_in_total"))
            #expect(received == Double(said.utf8.count))
            #expect(before.value("martlet_bytes_out_total").map { $0 > 0 } == true)
            #expect(before.value("martlet_protocol_errors_total", ["code": "version"]) == nil)
            #expect(before.value("martlet_scheduled_messages") == 1)
            #expect(before.value("martlet_dedup_entries") == 1)
            #expect(before.value("martlet_expectations_open") == 0)
            #expect(before.value("martlet_timers_pending").map { $0 > 0 } == true)
            try await Wire.talk(
                bed.brokerPort,
                [
                    (
                        "HELLO 1\nSUB 1 orders billing from=earliest\n\(set)ASK what\nEXPECT p orders 1h\n", "OK"
                    ),
                    ("PUB orders 1 id=b key=k\n3\nRECEIPT 1 a done\nPING\n", "PONG"),
                ])
            try await Wire.talk(bed.brokerPort, [("PING\n", "ERR hello-required")])
            let after = try await page(bed)
            #expect(after.value("martlet_bytes_in_total").map { $0 > received } == true)
            #expect(after.value("martlet_protocol_errors_total", ["code": "version"]) == 1)
            #expect(after.value("martlet_protocol_errors_total", ["code": "bad-command"]) == 1)
            #expect(after.value("martlet_protocol_errors_total", ["code": "hello-required"]) == 1)
            #expect(after.value("martlet_state_conflicts_total") == 1)
            #expect(after.value("martlet_expectations_open") == 1)
            #expect(after.value("martlet_receipts_entries") == 1)
            #expect(after.value("martlet_receipt_hits_total") != nil)
            #expect(after.value("martlet_lmdb_pages").map { $0 > 10 } == true)
            #expect(after.value("martlet_lmdb_free_pages") != nil)
            #expect(after.value("martlet_lmdb_readers").map { $0 >= 1 } == true)
            #expect(after.value("martlet_scheduled_lateness_seconds_count") == 0)
        }
    }

    @Test func `why messages come again, what waits and how old dead letters are is told`() async throws {
        try await AdminBed.run { bed in
            let publishes = (1...3).map { "PUB orders 2 id=o-\($0) key=k\n{}\n" }.joined()
            try await Wire.talk(
                bed.brokerPort,
                [
                    ("HELLO 1\nSUB 1 orders billing from=earliest order=key\n\(publishes)", "MSG 1 1"),
                    ("REJECT 1 1 code=bad\n", "MSG 1 2"), ("RELEASE 1 2\n", "MSG 1 3"),
                ])
            let page = try await page(bed)
            let place = ["topic": "orders", "subscription": "billing"]
            let released = place.merging(["reason": "release"]) { $1 }
            #expect(page.value("martlet_messages_redelivered_total", released) == 1)
            #expect(page.value("martlet_subscription_blocked_keys", place) == 1)
            #expect(page.value("martlet_subscription_backlog_bytes", place).map { $0 > 0 } == true)
            #expect(page.value("martlet_dlq_messages", place) == 1)
            #expect(page.value("martlet_dlq_oldest_age_seconds", place).map { (0..<600).contains($0) } == true)
        }
    }
}
