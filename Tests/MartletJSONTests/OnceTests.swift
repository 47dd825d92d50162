// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

@Suite("Answers as JSON", .timeLimit(.minutes(10))) struct OnceTests {
    private struct Verdict: Codable, Equatable {
        var label: String
        var score: Double
    }

    @Test func `an answer is kept as JSON, and the next run has it`() async throws {
        try await TestBroker.with { broker in
            try await Client.with("martlet://127.0.0.1:\(broker.port)") { client in
                let (calls, verdicts) = (Recorder<Int>(), Recorder<Verdict>())
                let options = ConsumerOptions(backoff: [.milliseconds(1)])
                async let consuming: Void = client.consume("orders", as: "s", from: .earliest, options: options) {
                    message in
                    let verdict = try await message.once("classify", keep: .seconds(60)) {
                        calls.append(1)
                        return Verdict(label: "call \(calls.all.count)", score: 0.5)
                    }
                    verdicts.append(verdict)
                    if message.attempt == 1 { throw HandlerFailure.nack() }
                }
                try await client.publish(Draft("orders", body: [], id: "o-1"))
                try await verdicts.wait(for: 2)
                client.shutDown()
                try await consuming
                #expect(verdicts.all == Array(repeating: Verdict(label: "call 1", score: 0.5), count: 2))
                #expect(calls.all.count == 1)
            }
            try await Client.with("martlet://127.0.0.1:\(broker.port)") { client in
                let record = try #require(try await client.record("martlet.once", "orders/s/o-1/classify"))
                #expect(record.value == Array(#"{"label":"call 1","score":0.5}"#.utf8))
                #expect(record.expires == record.time + 60_000)
            }
        }
    }

    @Test func `a kept answer that does not decode is told, and no call is made`() async throws {
        try await TestBroker.with { broker in
            try await Client.with("martlet://127.0.0.1:\(broker.port)") { client in
                let errors = Recorder<String>()
                try await client.setRecord("martlet.once", "orders/s/o-1/classify", json: 5, expecting: .absent)
                async let consuming: Void = client.consume("orders", as: "s", from: .earliest) { message in
                    do {
                        _ = try await message.once("classify") { () -> Verdict in
                            errors.append("called")
                            return Verdict(label: "", score: 0)
                        }
                    } catch { errors.append("\(type(of: error))") }
                }
                try await client.publish(Draft("orders", body: [], id: "o-1"))
                try await errors.wait(for: 1)
                client.shutDown()
                try await consuming
                #expect(errors.all == ["DecodingError"])
            }
        }
    }
}
