// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

@testable import MartletSQLite

struct OutboxTableTests {
    private let folder: DatabaseFolder

    init() throws { folder = try DatabaseFolder() }

    @Test func `a message comes out as it was written, in the order of writing`() async throws {
        let clock = TestClock()
        let inbox = try await SQLiteInbox(path: folder.file, now: clock.now)
        let full = Draft(
            "orders", body: [0, 255], id: "o-1", key: "k", process: "p", cause: "c",
            headers: ["a": "1: 2", "b": "", "c": "ü"], delay: .seconds(5), ttl: .seconds(9))
        try await inbox.transaction { database in
            try database.publish(full)
            try database.publish(Draft("bills", body: [], at: 77))
        }
        clock.advance(milliseconds: 2_000)
        let entries = try await inbox.unpublished(atMost: 10)
        let (first, second) = (try #require(entries.first).draft, try #require(entries.last).draft)
        #expect(first.topic == "orders" && first.body == [0, 255] && first.id == "o-1" && first.key == "k")
        #expect(first.process == "p" && first.cause == "c" && first.headers == full.headers)
        // It has waited two seconds already.
        #expect(first.delay == .seconds(3) && first.at == nil && first.ttl == .seconds(9))
        #expect(second.topic == "bills" && second.body == [] && second.at == 77 && second.delay == nil)
        #expect(second.key == nil && second.headers.isEmpty && second.ttl == nil)
        #expect(try await inbox.unpublished(atMost: 1).map(\.number) == [entries[0].number])
        clock.advance(milliseconds: 10_000)
        #expect(try await inbox.unpublished(atMost: 1).first?.draft.delay == .zero)
    }

    @Test func `a message without an id gets one, which stays`() async throws {
        let inbox = try await folder.open()
        try await inbox.transaction { database in
            for _ in 1...2 { try database.publish(Draft("orders", body: [1])) }
        }
        let ids = try await inbox.unpublished(atMost: 10).map(\.draft.id)
        #expect(Set(ids).count == 2 && !ids.contains(nil))
        let other = try await folder.open()
        #expect(try await other.unpublished(atMost: 10).map(\.draft.id) == ids)
    }

    @Test func `a message is there only if the effects are`() async throws {
        let inbox = try await folder.open()
        await #expect(throws: Oops()) {
            try await inbox.once(key("o-1")) { database in
                try database.publish(Draft("orders", body: [1]))
                throw Oops()
            }
        }
        #expect(try await inbox.unpublished(atMost: 10).isEmpty)
        _ = try await inbox.once(key("o-1")) { database in
            try database.publish(Draft("orders", body: [1], id: "a"))
        }
        #expect(try await inbox.unpublished(atMost: 10).map(\.draft.id) == ["a"])
        // It has run, so its message is not written again.
        _ = try await inbox.once(key("o-1")) { try $0.publish(Draft("orders", body: [1], id: "b")) }
        #expect(try await inbox.unpublished(atMost: 10).map(\.draft.id) == ["a"])
    }

    @Test func `what cannot be published is told to the handler`() async throws {
        let inbox = try await folder.open()
        for draft in [
            Draft("not a topic", body: []), Draft("t", body: [], id: "a b"), Draft("t", body: [], ttl: .zero),
        ] {
            let error = await #expect(throws: ClientError.self) {
                try await inbox.transaction { try $0.publish(draft) }
            }
            #expect(error?.code == .badArgument)
        }
    }

    @Test func `what was published is forgotten, and what was set aside stays with its reason`() async throws {
        let inbox = try await folder.open()
        try await inbox.transaction { database in
            for id in ["a", "b", "c"] { try database.publish(Draft("orders", body: [], id: id)) }
        }
        let entries = try await inbox.unpublished(atMost: 10)
        try await inbox.forget([entries[0]])
        try await inbox.setAside(entries[1], ClientError(.refused("denied"), "denied: no"))
        #expect(try await inbox.unpublished(atMost: 10).map(\.draft.id) == ["c"])
        let aside = try await inbox.setAsideEntries()
        #expect(aside.map(\.entry.draft.id) == ["b"] && aside.map(\.reason) == ["denied: no"])
        try await inbox.forget(aside.map(\.entry))
        #expect(try await inbox.setAsideEntries().isEmpty)
    }

    @Test func `those who watch are told of what was written, after the commit`() async throws {
        let inbox = try await folder.open()
        var writes = await inbox.writes().makeAsyncIterator()
        _ = try? await inbox.transaction { database in
            try database.publish(Draft("orders", body: [], id: "undone"))
            throw Oops()
        }
        try await inbox.transaction { try $0.publish(Draft("orders", body: [], id: "a")) }
        await writes.next()
        #expect(try await inbox.unpublished(atMost: 10).map(\.draft.id) == ["a"])
    }

    @Test func `a message is written through a connection of one's own, in its transaction only`() async throws {
        let inbox = try await folder.open()
        let own = try SQLiteConnection(path: folder.file, busyTimeout: 60_000)
        #expect(throws: SQLiteError.self) { try SQLiteInbox.publish(Draft("orders", body: []), on: own.handle) }
        for end in ["ROLLBACK", "COMMIT"] {
            try own.run("BEGIN IMMEDIATE")
            try SQLiteInbox.publish(Draft("orders", body: [], id: end), on: own.handle)
            try own.run(end)
        }
        #expect(try await inbox.unpublished(atMost: 10).map(\.draft.id) == ["COMMIT"])
    }
}
