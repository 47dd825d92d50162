// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import Testing

@testable import MartletServer

/// Who may receive a large frame.
struct ByteBudgetTests {
    /// Holds the value, which an expectation may not change.
    private final class Budget {
        private var budget: ByteBudget

        init(limit: Int) { budget = ByteBudget(limit: limit) }

        var used: Int { budget.used }
        var waiting: Int { budget.waiting }

        func ask(_ bytes: Int, held: Int, for connection: ConnectionID) -> Bool {
            budget.ask(bytes, held: held, for: connection)
        }
        func release(_ connection: ConnectionID) -> [ConnectionID] { budget.release(connection) }
        func goesOn(_ connection: ConnectionID) { budget.goesOn(connection) }
        func isLate(_ connection: ConnectionID) -> Bool { budget.isLate(connection) }
        func look(times: Int = 1) -> [ConnectionID] { (1...times).reduce([]) { _, _ in budget.look() } }
    }

    private func id(_ number: Int) -> ConnectionID { ConnectionID(UInt64(number)) }

    @Test func `frames get room up to the limit, and the next one waits`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(400, held: 10, for: id(1)))
        #expect(budget.ask(600, held: 0, for: id(2)))
        #expect(budget.used == 1_000)
        #expect(!budget.ask(1, held: 1, for: id(3)))
        #expect(budget.waiting == 1)
        #expect(budget.release(id(1)) == [id(3)])
        #expect(budget.used == 601)
        #expect(budget.release(id(2)) == [])
        #expect(budget.release(id(3)) == [])
        #expect(budget.used == 0)
        #expect(budget.release(id(3)) == [], "it has none")
    }

    @Test func `one byte more than the limit waits`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(400, held: 0, for: id(1)))
        #expect(!budget.ask(601, held: 0, for: id(2)))
        #expect(budget.release(id(1)) == [id(2)])
    }

    @Test func `turns come in the order of asking, also for small ones behind large ones`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(900, held: 0, for: id(1)))
        #expect(!budget.ask(500, held: 0, for: id(2)))
        #expect(!budget.ask(100, held: 0, for: id(3)), "it would fit, but is not first")
        #expect(!budget.ask(500, held: 0, for: id(4)))
        #expect(budget.release(id(1)) == [id(2), id(3)])
        #expect(budget.release(id(3)) == [id(4)])
    }

    @Test func `one that leaves makes room for those behind it`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(600, held: 0, for: id(1)))
        #expect(!budget.ask(700, held: 50, for: id(2)))
        #expect(!budget.ask(350, held: 50, for: id(3)))
        #expect(budget.release(id(2)) == [id(3)])
        #expect(budget.used == 950)
    }

    @Test func `one frame always has room, whatever those hold who wait`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(5_000, held: 0, for: id(0)), "larger than the limit")
        for number in 1...100 { #expect(!budget.ask(500, held: 100, for: id(number))) }
        #expect(budget.used == 15_000)
        // 10,000 bytes lie here already, and yet each of them is finished in turn.
        for number in 1...98 { #expect(budget.release(id(number - 1)) == [id(number)]) }
        #expect(budget.release(id(98)) == [id(99), id(100)], "there is room for both")
        #expect(budget.release(id(99)) == [])
        #expect(budget.release(id(100)) == [])
        #expect(budget.used == 0)
    }

    @Test func `after 8 looks without progress a frame is late, if one waits`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(1_000, held: 0, for: id(1)))
        #expect(budget.look(times: 100) == [], "nobody waits")
        #expect(!budget.ask(500, held: 0, for: id(2)))
        #expect(budget.look(times: 7) == [])
        #expect(!budget.isLate(id(1)))
        budget.goesOn(id(1))
        #expect(budget.look(times: 7) == [])
        #expect(budget.look() == [id(1)])
        #expect(budget.isLate(id(1)))
        #expect(!budget.isLate(id(2)), "it only waits")
        #expect(budget.release(id(1)) == [id(2)])
        #expect(!budget.isLate(id(1)))
        #expect(!budget.isLate(id(2)))
    }

    @Test func `its time begins when it gets room`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(1_000, held: 0, for: id(1)))
        #expect(!budget.ask(1_000, held: 0, for: id(2)))
        #expect(!budget.ask(1_000, held: 0, for: id(3)))
        #expect(budget.look(times: 8) == [id(1)])
        #expect(budget.release(id(1)) == [id(2)])
        #expect(budget.look(times: 7) == [])
        #expect(budget.look() == [id(2)])
    }

    @Test func `the latest go first, and no more than make room for those who wait`() {
        let budget = Budget(limit: 1_000)
        for number in [3, 2, 1, 4] { #expect(budget.ask(250, held: 0, for: id(number))) }
        #expect(!budget.ask(400, held: 50, for: id(5)))
        #expect(budget.look() == [])
        budget.goesOn(id(1))
        budget.goesOn(id(4))
        #expect(budget.look(times: 7) == [id(2), id(3)], "350 bytes are wanted, and 50 are here already")
        #expect(budget.release(id(2)) == [])
        #expect(budget.look() == [id(3)], "150 are missing")
        #expect(budget.release(id(3)) == [id(5)])
        #expect(budget.look() == [])
    }

    @Test func `a connection that asks again stands at the end`() {
        let budget = Budget(limit: 1_000)
        #expect(budget.ask(1_000, held: 0, for: id(1)))
        #expect(!budget.ask(600, held: 0, for: id(2)))
        #expect(budget.release(id(1)) == [id(2)])
        #expect(!budget.ask(600, held: 0, for: id(1)))
        #expect(budget.release(id(2)) == [id(1)])
        #expect(budget.used == 600)
    }
}
