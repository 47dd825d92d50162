// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletSQLite
import MartletTestKit
import Testing

@Suite("Inboxes on a broker", .timeLimit(.minutes(10))) struct BrokerInboxTests {
    private struct Broken: Error {}

    @Test func `effects and note are kept together`() async throws {
        try await OnBroker.run { _, client in
            let inbox = MemoryInbox([String]())
            let attempts = Recorder<String>()
            for id in ["o-1", "o-2"] { try await client.publish("orders", id, id: id) }
            try await alongside {
                try await client.consume(
                    "orders", as: "s", from: .earliest, concurrency: 1,
                    options: .init(backoff: [.milliseconds(1)]), inbox: inbox
                ) { message, database in
                    database.value.append(message.text)
                    attempts.append(message.line)
                    if message.text == "o-1", !message.isRedelivered { throw Broken() }
                }
            } _: {
                try await attempts.wait(for: 3)
            }
            #expect(inbox.value.sorted() == ["o-1", "o-2"])
            #expect(await inbox.contains(InboxKey(topic: "orders", subscription: "s", message: "o-1")))
        }
    }

    @Test func `a message that is noted is acked without its handler`() async throws {
        try await OnBroker.run { _, client in
            let inbox = MemoryInbox([String]())
            _ = try await inbox.once(InboxKey(topic: "orders", subscription: "s", message: "o-1")) { _ in }
            _ = try await inbox.once(InboxKey(topic: "orders", subscription: "s", message: "#2")) { _ in }
            let handled = Recorder<String>()
            try await client.publish("orders", "a", id: "o-1")
            _ = try await client.publish(MessageBatch("orders", texts: ["b", "c"]))
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 1, inbox: inbox) {
                    message, _ in handled.append(message.text)
                }
            } _: {
                try await handled.wait(for: 1)
            }
            #expect(handled.all == ["c"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test(arguments: Trouble.allCases)
    func `in memory each message has its effects once, whatever the link does`(_ trouble: Trouble) async throws {
        let inbox = MemoryInbox([String: Int]())
        let effects = Recorder<String>()
        try await TroubledStream(trouble: trouble).run { client in
            try await client.consume(
                "orders", as: "s", from: .earliest, concurrency: 4, options: TroubledStream.options, inbox: inbox
            ) { message, database in
                database.value[message.text, default: 0] += 1
                effects.append(message.text)
            }
        } isDone: { _, ids in
            try await effects.wait { Set($0).isSuperset(of: ids) }
        } check: { _ in
            let expected = TroubledStream.ids + [TroubledStream.last]
            #expect(inbox.value == Dictionary(uniqueKeysWithValues: expected.map { ($0, 1) }))
        }
    }

    @Test(arguments: Trouble.allCases)
    func `in SQLite each message has its effects once, whatever the link does`(_ trouble: Trouble) async throws {
        let folder = try TemporaryFolder()
        let inbox = try await SQLiteInbox(path: folder.path + "/inbox.db")
        try await inbox.transaction { database in
            try database.execute("CREATE TABLE effects (message TEXT PRIMARY KEY, count INTEGER NOT NULL)")
        }
        let effects = Recorder<String>()
        try await TroubledStream(trouble: trouble).run { client in
            try await client.consume(
                "orders", as: "s", from: .earliest, concurrency: 4, options: TroubledStream.options, inbox: inbox
            ) { message, database in
                try database.execute(
                    "INSERT INTO effects VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
                    .text(message.text))
                effects.append(message.text)
            }
        } isDone: { _, ids in
            try await effects.wait { Set($0).isSuperset(of: ids) }
        } check: { _ in
            let rows = try await inbox.transaction { try $0.rows("SELECT message, count FROM effects") }
            #expect(Set(rows.compactMap { $0[0].text }) == Set(TroubledStream.ids + [TroubledStream.last]))
            #expect(rows.allSatisfy { $0[1].integer == 1 })
        }
    }
}

extension MessageBatch {
    /// A batch of messages without ids.
    init(_ topic: String, texts: [String]) throws {
        try self.init(topic, withIDs: false)
        for text in texts { try append(Array(text.utf8)) }
    }
}
