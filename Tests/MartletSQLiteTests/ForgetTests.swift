// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

@testable import MartletSQLite

struct ForgetTests {
    private let folder: DatabaseFolder
    private let clock = TestClock()

    init() throws { folder = try DatabaseFolder() }

    private func open() async throws -> SQLiteInbox {
        try await SQLiteInbox(path: folder.file, now: clock.now)
    }

    @Test func `keys older than the age go, and no others`() async throws {
        let inbox = try await open()
        try await inbox.once(key("old")) { _ in }
        clock.advance(milliseconds: 1)
        try await inbox.once(key("at the limit")) { _ in }
        clock.advance(milliseconds: 60_000)
        try await inbox.once(key("young")) { _ in }
        #expect(try await inbox.forget(olderThan: .seconds(60)) == 1)
        #expect(try await !inbox.contains(key("old")))
        #expect(try await inbox.contains(key("at the limit")))
        #expect(try await inbox.contains(key("young")))
        #expect(try await inbox.forget(olderThan: .seconds(60)) == 0)
    }

    @Test func `a key that was forgotten is handled again`() async throws {
        let inbox = try await open()
        #expect(try await inbox.once(key("o-1")) { _ in 1 } == 1)
        clock.advance(milliseconds: 1)
        try await inbox.forget(olderThan: .zero)
        #expect(try await inbox.once(key("o-1")) { _ in 2 } == 2)
    }

    @Test(arguments: [-1, 0, 1, InboxTable.forgottenAtOnce + 1])
    func `more keys than go at once go all the same`(_ extra: Int) async throws {
        let inbox = try await open()
        let count = InboxTable.forgottenAtOnce + extra
        let now = clock.now()
        try await inbox.transaction { database in
            for number in 0..<count {
                try database.execute(
                    "INSERT INTO martlet_inbox VALUES ('t', 's', ?, ?)", .integer(Int64(number)), .integer(now))
            }
        }
        clock.advance(milliseconds: 1)
        try await inbox.once(key("kept")) { _ in }
        #expect(try await inbox.forget(olderThan: .zero) == count)
        #expect(try await inbox.contains(key("kept")))
    }

    @Test func `an age beyond all time forgets nothing`() async throws {
        let inbox = try await open()
        try await inbox.once(key("o-1")) { _ in }
        #expect(try await inbox.forget(olderThan: .seconds(Int64.max)) == 0)
        #expect(try await inbox.contains(key("o-1")))
    }
}
