// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletSQLite
import MartletTestKit
import Testing

// snippet: outbox-tell
/// Writes an invoice for each order into a file of SQLite, and tells of it.
func invoiceAndTell(_ client: Client, in inbox: SQLiteInbox) async throws {
    async let publishing: Void = client.publish(from: inbox)
    try await client.consume("shop.orders", as: "invoices", from: .earliest, inbox: inbox) { message, database in
        let order = try message.decode(Order.self)
        try database.execute("INSERT INTO invoices VALUES (?, ?)", .text(order.customer), .integer(Int64(order.cents)))
        try database.publish(Draft("invoiced", json: order, process: order.number))
    }
    try await publishing
}
// snippet end

@Suite("Outboxes", .timeLimit(.minutes(10))) struct OutboxTests {
    @Test func `an invoice is written and told of`() async throws {
        let folder = try TemporaryFolder()
        let inbox = try await SQLiteInbox(path: "\(folder.path)/shop.db")
        try await inbox.transaction { database in
            try database.execute("CREATE TABLE invoices (customer TEXT, cents INTEGER)")
        }
        try await TestBroker.with { broker in
            try await withClient(broker.port) { client in
                async let invoices: Void = invoiceAndTell(client, in: inbox)
                try await place(Order(number: "1", customer: "ann", cents: 100), with: client)
                #expect(
                    try await client.bodies("invoiced", until: #"{"cents":100,"customer":"ann","number":"1"}"#).count
                        == 1)
                client.shutDown()
                try await invoices
            }
        }
        #expect(try await inbox.transaction { try $0.scalar("SELECT sum(cents) FROM invoices") } == 100)
    }
}
