// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletSQLite
import MartletTestKit
import Testing

// snippet: inbox-invoices
/// Writes an invoice for each order into a file of SQLite.
func invoice(_ client: Client, in inbox: SQLiteInbox) async throws {
    try await inbox.transaction { database in
        try database.execute("CREATE TABLE IF NOT EXISTS invoices (customer TEXT, cents INTEGER)")
    }
    try await client.consume("shop.orders", as: "invoices", from: .earliest, inbox: inbox) { message, database in
        let order = try message.decode(Order.self)
        let cents = SQLiteValue.integer(Int64(order.cents))
        try database.execute("INSERT INTO invoices VALUES (?, ?)", .text(order.customer), cents)
    }
}
// snippet end

// snippet: inbox-handler
/// What an order does to the sums, apart from where they are kept.
func add(_ message: Message, to sums: inout [String: Int]) throws {
    let order = try message.decode(Order.self)
    sums[order.customer, default: 0] += order.cents
}
// snippet end

@Suite("Inboxes", .timeLimit(.minutes(10))) struct InboxTests {
    // snippet: inbox-memory
    @Test func `an order that comes again is added once`() async throws {
        let inbox = MemoryInbox<[String: Int]>([:])
        let body = try Draft("shop.orders", json: Order(number: "1", customer: "ann", cents: 100)).body
        for attempt in 1...2 {
            let message = Message(topic: "shop.orders", subscription: "sums", offset: 1, attempt: attempt, body: body)
            try await inbox.once(InboxKey(message)) { try add(message, to: &$0.value) }
        }
        #expect(inbox.value == ["ann": 100])
    }
    // snippet end

    static let cases: [StepCase] = [
        StepCase(testDescription: "the connection ends before the ack", runs: 1...1) {
            await $0.drop(.before, .client) { $0.word == "ACK" }
        },
        StepCase(testDescription: "the connection ends after the ack", runs: 1...1) {
            await $0.drop(.after, .client) { $0.word == "ACK" }
        },
        StepCase(testDescription: "the answer to the ack is lost", runs: 1...1) { await $0.loseReply(to: "ACK") },
        StepCase(testDescription: "the message is repeated", runs: 1...1) { await $0.repeatMessage() },
    ]

    @Test(arguments: cases) func `an order is in the file once`(_ fault: StepCase) async throws {
        try await onLink { _, link, client, calm in
            await fault.throwing(link)
            let folder = try TemporaryFolder()
            // snippet: inbox-open
            let inbox = try await SQLiteInbox(path: "\(folder.path)/shop.db")
            // snippet end
            let runs = Recorder<String>()
            try await beside {
                try await client.consume("shop.orders", as: "runs", from: .earliest, concurrency: 2, inbox: inbox) {
                    message, _ in runs.append(message.text)
                }
            } _: {
                try await calm.say("shop.orders", "first")
                try await runs.wait(for: 1)
                try await calm.say("shop.orders", "last")
                try await runs.wait(for: 2)
                #expect(runs.all == ["first", "last"])
            }
        }
    }

    @Test func `an order that was placed is an invoice`() async throws {
        let folder = try TemporaryFolder()
        let inbox = try await SQLiteInbox(path: "\(folder.path)/shop.db")
        try await onLink { _, link, client, calm in
            try await place(Order(number: "1", customer: "ann", cents: 100), with: calm)
            async let invoices: Void = invoice(client, in: inbox)
            // HELLO, SUB, INFO and ACK.
            try await link.wait { $0.clientFrames == 4 }
            client.shutDown()
            try await invoices
        }
        let sum = try await inbox.transaction { try $0.scalar("SELECT sum(cents) FROM invoices") }
        #expect(sum == 100)
        // snippet: inbox-forget
        try await inbox.forget(olderThan: .seconds(40 * 86_400))
        // snippet end
    }
}
