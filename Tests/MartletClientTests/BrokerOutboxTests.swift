// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletSQLite
import MartletTestKit
import Testing

@Suite("Outboxes on a broker", .timeLimit(.minutes(10))) struct BrokerOutboxTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func inbox() async throws -> SQLiteInbox { try await SQLiteInbox(path: "\(folder.path)/inbox.db") }

    @Test func `what a handler publishes in its transaction comes out once, in order`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            let inbox = try await inbox()
            for number in 1...20 { try await client.publish("orders", "\(number)", id: "o-\(number)") }
            try await alongside {
                try await client.consume("orders", as: "billing", from: .earliest, concurrency: 1, inbox: inbox) {
                    message, database in
                    try database.publish(Draft("bills", body: message.body, cause: message.id))
                    try database.publish(Draft("mails", body: message.body, delay: .seconds(3_600)))
                }
            } _: {
                try await alongside {
                    try await client.publish(from: inbox)
                } _: {
                    try await broker.wait(until: .backlog(0, "orders", "billing"))
                    try await client.waitUntilEmpty(inbox)
                }
            }
            let bills = try await client.administration.peek("bills", limit: 100)
            #expect(bills.map { String(decoding: $0.body, as: UTF8.self) } == (1...20).map { "\($0)" })
            #expect(bills.map(\.cause) == (1...20).map { "o-\($0)" })
            #expect(try await client.administration.scheduled("mails").count == 20)
        }
    }

    @Test func `what was published before a crash and not forgotten is recognised`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let inbox = try await inbox()
            try await inbox.transaction { database in
                for number: UInt8 in 1...3 { try database.publish(Draft("bills", body: [number])) }
            }
            // As a process does that ends between the confirm and the commit which forgets.
            let entries = try await inbox.unpublished(atMost: 2)
            for entry in entries { try await client.publish(entry.draft) }
            try await alongside {
                try await client.publish(from: inbox)
            } _: {
                try await client.waitUntilEmpty(inbox)
            }
            #expect(try await client.administration.peek("bills", limit: 100).map(\.body) == [[1], [2], [3]])
        }
    }

    @Test func `an interruption of the connection neither loses nor doubles a message`() async throws {
        try await OnBroker.link { (_, link, client) async throws in
            let inbox = try await inbox()
            try await inbox.transaction { database in
                for number: UInt8 in 1...100 { try database.publish(Draft("bills", body: [number])) }
            }
            await link.loseReply(to: "PUB")
            try await alongside {
                try await client.publish(from: inbox)
            } _: {
                try await client.waitUntilEmpty(inbox)
            }
            #expect(try await client.administration.peek("bills", limit: 1_000).map(\.body) == (1...100).map { [$0] })
        }
    }

    @Test func `what the broker will never take is set aside, and the others go on`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let inbox = try await inbox()
            try await client.publish("bills", "first", id: "a")
            try await inbox.transaction { database in
                try database.publish(Draft("bills", body: [1], id: "a"))
                try database.publish(Draft("bills", body: [UInt8](repeating: 0, count: 2 << 20), id: "large"))
                try database.publish(Draft("bills", body: [2], id: "b"))
            }
            try await alongside {
                try await client.publish(from: inbox)
            } _: {
                try await client.waitUntilEmpty(inbox)
            }
            let aside = try await inbox.setAsideEntries()
            #expect(aside.map(\.entry.draft.id) == ["a", "large"])
            #expect(aside.first?.reason.hasPrefix("id-conflict") == true)
            #expect(try await client.administration.peek("bills", limit: 10).map(\.id) == ["a", "b"])
        }
    }

    @Test func `publishing ends with the client, and the next run goes on`() async throws {
        try await TestBroker.with { (broker) async throws in
            let inbox = try await inbox()
            try await OnBroker.client(broker.port) { (client) async throws in
                async let publishing: Void = client.publish(from: inbox)
                client.shutDown()
                try await publishing
            }
            try await inbox.transaction { try $0.publish(Draft("bills", body: [1])) }
            try await OnBroker.client(broker.port) { client in
                try await alongside {
                    try await client.publish(from: inbox)
                } _: {
                    try await client.waitUntilEmpty(inbox)
                }
                #expect(try await client.administration.topic("bills").messages == 1)
            }
        }
    }

    @Test func `what is refused for now stays, and is published when there is room`() async throws {
        try await OnBroker.run { (_, client) async throws in
            let inbox = try await inbox()
            let administration = client.administration
            try await administration.createTopic("bills", TopicRules(maxMessages: 1))
            try await administration.createSubscription("bills", "all", from: .earliest)
            try await client.publish("bills", "first")
            try await inbox.transaction { try $0.publish(Draft("bills", body: [1])) }
            try await alongside {
                try await client.publish(from: inbox)
            } _: {
                try await administration.alterTopic("bills", TopicRules(maxMessages: 5))
                try await client.waitUntilEmpty(inbox)
            }
            #expect(try await inbox.setAsideEntries().isEmpty)
            #expect(try await administration.topic("bills").messages == 2)
        }
    }
}

extension Client {
    /// Waits until all messages of an outbox are published or set aside.
    fileprivate func waitUntilEmpty(_ inbox: SQLiteInbox) async throws {
        while try await !inbox.unpublished(atMost: 1).isEmpty { try await wait(milliseconds: 2) }
    }
}
