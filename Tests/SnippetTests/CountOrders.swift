// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// snippet: readme
import MartletClient

/// Counts the orders: each once, whatever is lost, repeated or killed on the way.
func countOrders(at url: String = "martlet://127.0.0.1:7250") async throws {
    try await Client.with(url) { client in
        try await client.step("orders", as: "counter", from: .earliest) { message, step in
            let record = try await step.record("counts", "orders")
            let count = record.flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
            step.set("counts", "orders", to: Array("\(count + 1)".utf8))
            step.publish(Draft("counted", body: message.body))
        }
    }
}
// snippet end
