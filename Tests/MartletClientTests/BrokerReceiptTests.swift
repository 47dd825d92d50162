// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletLock
import MartletTestKit
import Testing

/// A service elsewhere that honours idempotency keys.
private final class Outside: Sendable {
    let calls = Recorder<String>()
    private let effects = Lock<[String: Int]>([:])

    /// Charges once for a key, and tells the number of the charge, the same for each call with that key.
    func charge(_ key: String) -> Int {
        defer { calls.append(key) }
        return effects.withLock { effects in
            if let known = effects[key] { return known }
            effects[key] = effects.count + 1
            return effects.count
        }
    }

    var keys: [String] { effects.withLock { $0.keys.sorted() } }
}

@Suite("Receipts on a broker", .timeLimit(.minutes(10))) struct BrokerReceiptTests {
    private struct Broken: Error {}

    @Test func `what was written before a failure is there when the message comes again`() async throws {
        try await OnBroker.run { _, client in
            let receipts = Recorder<String>()
            try await client.publish("orders", "a", id: "o-1")
            try await alongside {
                let options = ConsumerOptions(backoff: [.milliseconds(1)])
                try await client.consume("orders", as: "s", from: .earliest, options: options, receipts: true) {
                    message in
                    receipts.append(message.receipt ?? "none")
                    if message.receipt == nil {
                        try await message.writeReceipt("charge:1", keep: .seconds(60))
                        throw Broken()
                    }
                }
            } _: {
                try await receipts.wait(for: 2)
            }
            #expect(receipts.all == ["none", "charge:1"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `an outcome that is no receipt is refused before it is sent`() async throws {
        try await OnBroker.run { _, client in
            let codes = Recorder<String>()
            try await client.publish("orders", "a")
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest) { message in
                    for outcome in ["", "a b", String(repeating: "r", count: 201)] {
                        do { try await message.writeReceipt(outcome) } catch {
                            codes.append("\((error as? ClientError)?.code.description ?? "")")
                        }
                    }
                    try await message.writeReceipt(String(repeating: "r", count: 200))
                    codes.append("taken")
                }
            } _: {
                try await codes.wait(for: 4)
            }
            #expect(codes.all == ["bad-argument", "bad-argument", "bad-argument", "taken"])
        }
    }

    @Test func `a handled message leaves the receipt done, which spares its repeats`() async throws {
        try await OnBroker.link { broker, link, client in
            let handled = Recorder<String>()
            let commands = await link.tap(.client)
            let replies = await link.tap(.broker)
            await link.repeatMessage()
            try await client.publish("orders", "a", id: "o-1")
            try await alongside {
                try await client.consume(
                    "orders", as: "s", from: .earliest, concurrency: 4, receipts: true
                ) { handled.append($0.text) }
            } _: {
                try await commands.wait { $0.count { $0 == "COMMIT" } >= 1 }
                try await replies.wait { $0.contains { $0.hasPrefix("OK 2") } }
            }
            #expect(commands.all.contains { $0.hasPrefix("RECEIPT ") && $0.hasSuffix(" o-1 done") })
            #expect(Set(handled.all) == ["a"])
        }
    }

    @Test func `a message without an id has a receipt by its offset`() async throws {
        try await OnBroker.run { _, client in
            let seen = Recorder<String>()
            _ = try await client.publish(MessageBatch("orders", texts: ["a", "b"]))
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 1) { message in
                    seen.append("\(message.text) \(message.receipt ?? "none") \(message.idempotencyKey)")
                    guard message.text == "b", !message.isRedelivered else { return }
                    try await message.writeReceipt("half")
                    throw HandlerFailure.release()
                }
            } _: {
                try await seen.wait(for: 3)
            }
            #expect(seen.all == ["a none orders/s/#1", "b none orders/s/#2", "b half orders/s/#2"])
        }
    }

    @Test(arguments: Trouble.allCases)
    func `one who honours the key is called for one effect, whatever the link does`(_ trouble: Trouble) async throws {
        let outside = Outside()
        let wrong = Recorder<String>()
        try await TroubledStream(trouble: trouble).run { client in
            try await client.consume(
                "orders", as: "s", from: .earliest, concurrency: 4, options: TroubledStream.options, receipts: true
            ) { message in
                let charge = "charge:\(outside.charge(message.idempotencyKey))"
                // What an earlier run has written is what the outside says now.
                if let receipt = message.receipt, receipt != charge { wrong.append(receipt) }
                try await message.writeReceipt(charge)
            }
        } isDone: { _, ids in
            try await outside.calls.wait { Set($0).count >= ids.count }
        } check: { _ in
            let expected = TroubledStream.ids + [TroubledStream.last]
            #expect(outside.keys == expected.map { "orders/s/\($0)" }.sorted())
            #expect(wrong.all == [])
        }
    }
}
