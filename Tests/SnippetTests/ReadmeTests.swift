// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("The readme", .timeLimit(.minutes(10))) struct ReadmeRunTests {
    @Test func `orders are counted`() async throws {
        try await TestBroker.run { port in
            try await beside {
                try await countOrders(at: "martlet://127.0.0.1:\(port)")
            } _: {
                try await withClient(port) { client in
                    try await client.say("orders", "apples", id: "1")
                    try await client.say("orders", "apples", id: "1")
                    try await client.say("orders", "pears", id: "2")
                    let seen = Recorder<String>()
                    try await beside {
                        try await client.consume("counted", as: "test", from: .earliest) { seen.append($0.text) }
                    } _: {
                        try await seen.wait(for: 2)
                    }
                    let count = try #require(try await client.record("counts", "orders"))
                    #expect(String(decoding: count.value, as: UTF8.self) == "2")
                }
            }
        }
    }
}
