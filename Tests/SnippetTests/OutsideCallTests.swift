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
    try await client.consume("orders", as: "payments", from: .earliest, receipts: true) { message in
        let order = try message.decode(Order.self)
        let payment: String
        if let known = message.receipt {
            payment = known
        } else {
            payment = await bank.charge(order.cents, key: message.idempotencyKey)
            try await message.writeReceipt(payment)
        }
        _ = try await client.publish(Draft("paid", json: order, id: payment, process: order.number))
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
                    _ = try await place(Order(number: "1", customer: "ann", cents: 100), with: calm)
                    try await paid.wait(for: 1)
                    _ = try await place(Order(number: "2", customer: "ann", cents: 50), with: calm)
                    try await paid.wait(for: 2)
                    #expect(paid.all == ["1", "2"])
                }
                #expect(await bank.payments == ["orders/payments/1": 100, "orders/payments/2": 50])
                // The second order may be in flight when the connection ends.
                let calls = try #require(await bank.calls["orders/payments/1"])
                #expect(fault.runs.contains(calls))
            }
        }
    }
}
