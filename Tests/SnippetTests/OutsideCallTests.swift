// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

/// A bank that knows its customers' repeats by their keys, as such services do.
actor Bank {
    private(set) var payments: [String: Int] = [:]
    private(set) var calls: [String: Int] = [:]

    func charge(_ cents: Int, key: String) -> String {
        calls[key, default: 0] += 1
        payments[key] = cents
        return "payment-\(key.split(separator: "/").last ?? "")"
    }
}

// snippet: outside-charge
/// Charges each order at a bank that recognises a repeat by its key.
func charge(_ client: Client, at bank: Bank) async throws {
    try await client.consume("shop.orders", as: "payments", from: .earliest, receipts: true) { message in
        let order = try message.decode(Order.self)
        let payment: String
        if let known = message.receipt {
            payment = known
        } else {
            payment = await bank.charge(order.cents, key: message.idempotencyKey)
            try await message.writeReceipt(payment)
        }
        try await client.publish(Draft("paid", json: order, id: payment, process: order.number))
    }
}
// snippet end

/// A model that must not be asked twice about the same thing.
actor Model {
    struct Verdict: Codable, Sendable {
        var label: String
    }

    private(set) var calls: [String: Int] = [:]

    func classify(_ order: Order, key: String) throws -> Verdict {
        calls[key, default: 0] += 1
        return Verdict(label: order.cents > 100 ? "large-\(calls[key] ?? 0)" : "small-\(calls[key] ?? 0)")
    }
}

// snippet: outside-once
/// Has a model read each order once, and keeps what it says with what follows from it.
func triage(_ client: Client, _ model: Model) async throws {
    try await client.step("shop.orders", as: "triage", from: .earliest) { message, step in
        let order = try order(in: message)
        let verdict = try await message.once("classify") {
            try await model.classify(order, key: message.idempotencyKey)
        }
        let seen = try await step.record("verdicts", verdict.label)?.decode(Int.self) ?? 0
        try step.set("verdicts", verdict.label, json: seen + 1)
        step.publish(try Draft("verdicts", json: verdict, process: order.number))
    }
}
// snippet end

@Suite("Outside calls", .timeLimit(.minutes(10))) struct OutsideCallTests {
    static let cases: [StepCase] = [
        StepCase(testDescription: "the connection ends before the receipt", runs: 2...2) {
            await $0.drop(.before, .client) { $0.word == "RECEIPT" }
        },
        StepCase(testDescription: "the connection ends after the receipt", runs: 1...1) {
            await $0.drop(.after, .client) { $0.word == "RECEIPT" }
        },
        StepCase(testDescription: "the connection ends before the commit", runs: 1...1) {
            await $0.drop(.before, .client) { $0.word == "COMMIT" }
        },
        StepCase(testDescription: "the connection ends after the commit", runs: 1...1) {
            await $0.drop(.after, .client) { $0.word == "COMMIT" }
        },
        StepCase(testDescription: "the message is repeated", runs: 1...2) { await $0.repeatMessage() },
    ]

    @Test(arguments: cases) func `an order is paid once`(_ fault: StepCase) async throws {
        try await onLink { _, link, client, calm in
            await fault.throwing(link)
            let bank = Bank()
            try await beside {
                try await charge(client, at: bank)
            } _: {
                let paid = Recorder<String>()
                try await beside {
                    try await calm.consume("paid", as: "test", from: .earliest) { message in
                        paid.append(message.process ?? "")
                    }
                } _: {
                    try await place(Order(number: "1", customer: "ann", cents: 100), with: calm)
                    try await paid.wait(for: 1)
                    try await place(Order(number: "2", customer: "ann", cents: 50), with: calm)
                    try await paid.wait(for: 2)
                    #expect(paid.all == ["1", "2"])
                }
                #expect(await bank.payments == ["shop.orders/payments/1": 100, "shop.orders/payments/2": 50])
                // The second order may be in flight when the connection ends.
                let calls = try #require(await bank.calls["shop.orders/payments/1"])
                #expect(fault.runs.contains(calls))
            }
        }
    }

    static let troubles: [StepCase] = [
        StepCase(testDescription: "nothing happens", runs: 1...1) { _ in },
        StepCase(testDescription: "the connection ends before the answer is kept", runs: 1...1) {
            await $0.drop(.before, .client) { $0.word == "SET" }
        },
        StepCase(testDescription: "the reply to the kept answer is lost", runs: 1...1) {
            await $0.loseReply(to: "SET")
        },
        StepCase(testDescription: "the connection ends before the commit", runs: 1...1) {
            await $0.drop(.before, .client) { $0.word == "COMMIT" }
        },
        StepCase(testDescription: "the answer to the commit is lost", runs: 1...1) { await $0.loseReply(to: "COMMIT") },
    ]

    @Test(arguments: troubles) func `a model is asked once, and what follows happens once`(_ fault: StepCase)
        async throws
    {
        try await onLink { _, link, client, calm in
            await fault.throwing(link)
            let model = Model()
            try await beside {
                try await triage(client, model)
            } _: {
                let verdicts = Recorder<String>()
                try await place(Order(number: "1", customer: "ann", cents: 200), with: calm)
                try await beside {
                    try await calm.consume("verdicts", as: "test", from: .earliest) {
                        verdicts.append(try $0.decode(Model.Verdict.self).label)
                    }
                } _: {
                    try await verdicts.wait(for: 1)
                }
                #expect(verdicts.all == ["large-1"])
                #expect(await model.calls == ["shop.orders/triage/1": 1])
                #expect(try await calm.record("verdicts", "large-1")?.number == 1)
            }
        }
    }
}
