// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletServer

struct BackpressureTests {
    private static let limits = Backpressure.Limits(publishes: 3, commands: 5, bytes: 100)

    private func allows(_ take: (inout Backpressure) -> Void) -> Bool {
        var backpressure = Backpressure()
        take(&backpressure)
        return backpressure.allowsReading(Self.limits)
    }

    @Test func `it allows reading below each limit and not at it`() {
        #expect(allows { for _ in 1...2 { $0.took(publishOf: 1) } })
        #expect(!allows { for _ in 1...3 { $0.took(publishOf: 1) } })
        #expect(allows { for _ in 1...4 { $0.tookCommand() } })
        #expect(!allows { for _ in 1...5 { $0.tookCommand() } })
        #expect(allows { $0.took(publishOf: 99) })
        #expect(!allows { $0.took(publishOf: 100) })
        #expect(!allows { $0.took(publishOf: 1_000) })
        #expect(allows { $0.tookQuestion(weight: 63) })
        #expect(!allows { $0.tookQuestion(weight: 64) })
    }

    @Test func `publishes are commands too`() {
        #expect(
            !allows {
                for _ in 1...2 { $0.took(publishOf: 1) }
                for _ in 1...3 { $0.tookCommand() }
            })
    }

    @Test func `the answer to a publish frees its bytes, in order`() {
        var backpressure = Backpressure()
        backpressure.took(publishOf: 90)
        backpressure.took(publishOf: 10)
        #expect(!backpressure.allowsReading(Self.limits))
        backpressure.answered(1)
        #expect(backpressure.allowsReading(Self.limits))
        backpressure.took(publishOf: 89)
        #expect(backpressure.allowsReading(Self.limits))
        backpressure.took(publishOf: 1)
        #expect(!backpressure.allowsReading(Self.limits))
    }

    @Test func `questions count until everything is answered`() {
        var backpressure = Backpressure()
        for _ in 1...64 { backpressure.tookQuestion(weight: 1) }
        backpressure.answered(63)
        #expect(!backpressure.allowsReading(Backpressure.Limits(publishes: 1_024)))
        backpressure.answered(1)
        #expect(backpressure.allowsReading(Backpressure.Limits(publishes: 1_024)))
    }

    @Test func `it is idle when as much was answered as was taken`() {
        var backpressure = Backpressure()
        #expect(backpressure.isIdle)
        backpressure.took(publishOf: 5)
        backpressure.tookCommand()
        backpressure.answered(1)
        #expect(!backpressure.isIdle)
        backpressure.answered(1)
        #expect(backpressure.isIdle)
    }

    @Test func `answers in any portions free everything, over many publishes`() {
        var backpressure = Backpressure()
        for round in 0..<20_000 {
            backpressure.took(publishOf: round % 50)
            backpressure.took(publishOf: 49)
            backpressure.answered(round == 0 ? 1 : 2)
        }
        #expect(backpressure.publishes == 1)
        #expect(backpressure.allowsReading(Self.limits))
        backpressure.took(publishOf: 50)
        #expect(backpressure.allowsReading(Self.limits), "49 bytes and these are below 100")
        backpressure.took(publishOf: 1)
        #expect(!backpressure.allowsReading(Self.limits))
        backpressure.answered(3)
        #expect(backpressure.isIdle)
    }

    @Test func `answers are those of the oldest commands, whatever they are`() {
        var backpressure = Backpressure()
        backpressure.tookCommand()
        backpressure.tookCommand()
        backpressure.took(publishOf: 60)
        backpressure.tookCommand()
        backpressure.answered(1)
        #expect((backpressure.commands, backpressure.publishes) == (3, 1))
        backpressure.took(publishOf: 40)
        #expect(!backpressure.allowsReading(Self.limits), "100 bytes are not below 100")
        backpressure.answered(1)
        #expect(!backpressure.allowsReading(Self.limits))
        backpressure.answered(1)
        #expect((backpressure.commands, backpressure.publishes) == (2, 1))
        #expect(backpressure.allowsReading(Self.limits))
        backpressure.answered(2)
        #expect(backpressure.isIdle)
    }
}
