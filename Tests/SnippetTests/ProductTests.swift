// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletSQLite
import MartletTestKit
import Testing

@Suite("Pages of the other products", .timeLimit(.minutes(10))) struct ProductTests {
    @Test func `a value is published and decoded`() async throws {
        try await onBroker { client in
            let order = Order(number: "1", customer: "ann", cents: 100)
            // snippet: json-publish
            let publication = try await client.publish(Draft("shop.orders", json: order, id: order.number))
            // snippet end
            #expect(publication.offset == 1)
            for try await delivery in try client.deliveries("shop.orders", as: "test", from: .earliest) {
                let message = delivery.message
                // snippet: json-decode
                let order = try message.decode(Order.self)
                // snippet end
                #expect(order.customer == "ann")
                break
            }
        }
    }

    @Test func `an inbox runs a body once`() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/billing.db"
        let message = Message(topic: "shop.orders", subscription: "bills", offset: 1)
        for turn in 1...2 {
            // snippet: sqlite-once
            let inbox = try await SQLiteInbox(path: path)
            try await inbox.transaction { database in
                try database.execute("CREATE TABLE IF NOT EXISTS invoices (customer TEXT, amount INTEGER)")
            }
            let row = try await inbox.once(InboxKey(message)) { database in
                try database.execute("INSERT INTO invoices VALUES (?, ?)", .text("ann"), .integer(100))
                return database.lastInsertedRowID
            }
            // snippet end
            #expect(row == (turn == 1 ? 1 : nil))
        }
    }
}
