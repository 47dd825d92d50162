// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import MartletClient

/// Which request a reply belongs to, and what is written again.
struct RequestLedgerTests {
    private func request(
        _ number: UInt64, replies: Int = 1, publishes: Bool = true, retry: Request.Retry = .resend, own: Bool = true
    ) -> Request {
        var request = Request(frame: ByteBuffer(string: "\(number)"))
        request.number = number
        request.replies = replies
        request.messages = publishes ? replies : 0
        request.retry = retry
        request.hasOwnIDs = own
        return request
    }

    private func ok(_ offset: Int, word: String = "OK", _ options: [String: String] = [:]) -> Answer {
        .reply(Reply(word: word, fields: ["\(offset)"], options: options, data: []))
    }

    private func full() -> Answer { .refusal(code: "full", message: "later") }

    /// A ledger whose requests are written.
    private func written(_ requests: Request...) -> RequestLedger {
        var ledger = RequestLedger()
        for request in requests { ledger.enqueue(request) }
        _ = rest(&ledger)
        return ledger
    }

    /// The numbers of what is written next.
    private func rest(_ ledger: inout RequestLedger, settlingOnly: Bool = false) -> [UInt64] {
        var numbers: [UInt64] = []
        while let next = ledger.next(settlingOnly: settlingOnly) {
            numbers.append(next.request.number)
            ledger.written(next)
        }
        return numbers
    }

    @Test func `replies belong to the oldest request without all of its own`() {
        var ledger = written(request(1), request(2, replies: 2), request(3, publishes: false))
        #expect(ledger.answer(ok(7)) == true)
        #expect(ledger.finished()?.request.number == 1)
        #expect(ledger.answer(ok(8)) == true)
        #expect(ledger.finished() == nil)
        #expect(ledger.answer(full()) == true)
        let second = ledger.finished()
        #expect(second?.request.number == 2 && second?.confirms.count == 2)
        #expect(second?.confirms.refusals.map(\.index) == [1])
        #expect(ledger.expectedConfirms == 0)
        #expect(ledger.answer(ok(1)) == true)
        #expect(ledger.finished()?.answers.count == 1)
        #expect(ledger.isEmpty)
        #expect(ledger.answer(ok(1)) == false)
    }

    @Test func `what is safe comes first on the next connection, in its order`() {
        var ledger = written(request(1), request(2, publishes: false, retry: .report), request(3), request(4))
        ledger.enqueue(request(5))
        #expect(ledger.connectionEnded().map(\.number) == [2])
        #expect(ledger.isAnswered && ledger.waiting == 4)
        #expect(rest(&ledger) == [1, 3, 4, 5])
    }

    @Test func `a half-answered batch hears its repeats and the rest`() {
        var ledger = written(request(1, replies: 4))
        for offset in [10, 11] { #expect(ledger.answer(ok(offset)) == true) }
        #expect(ledger.connectionEnded().isEmpty)
        #expect(rest(&ledger) == [1])
        #expect(ledger.expectedConfirms == 4)
        // It dies again within the repeats, which changes nothing.
        #expect(ledger.answer(ok(10, word: "DUP")) == true)
        #expect(ledger.connectionEnded().isEmpty)
        #expect(rest(&ledger) == [1])
        for offset in 10...13 { #expect(ledger.answer(ok(offset, word: "DUP")) == true) }
        let finished = ledger.finished()
        #expect(finished?.confirms.runs == [Confirms.Run(index: 0, first: 10, count: 4)])
        #expect(finished?.confirms.duplicates == [])
    }

    @Test func `a repeat of the caller's id may be anybody's`() {
        var ledger = written(request(1, own: false))
        _ = ledger.connectionEnded()
        #expect(rest(&ledger) == [1])
        #expect(ledger.answer(ok(3, word: "DUP")) == true)
        #expect(ledger.finished()?.confirms.duplicates == [0])
    }

    @Test func `a duplicate without an interruption is one`() {
        var ledger = written(request(1))
        #expect(ledger.answer(ok(3, word: "DUP")) == true)
        #expect(ledger.finished()?.confirms.duplicates == [0])
    }

    @Test func `what was refused before the interruption and accepted after it was accepted`() {
        var ledger = written(request(1, replies: 3))
        #expect(ledger.answer(ok(5)) == true)
        #expect(ledger.answer(full()) == true)
        _ = ledger.connectionEnded()
        #expect(rest(&ledger) == [1])
        for answer in [ok(5, word: "DUP"), ok(6), ok(7)] { #expect(ledger.answer(answer) == true) }
        let confirms = ledger.finished()?.confirms
        #expect(confirms?.refusals.isEmpty == true)
        #expect(confirms?.runs == [Confirms.Run(index: 0, first: 5, count: 3)])
    }

    @Test(arguments: ["NIL", "QUEUED", "DATA"])
    func `only OK and DUP confirm a publish`(word: String) {
        var ledger = written(request(1))
        #expect(ledger.answer(ok(5, word: word)) == false)
    }

    @Test func `an offset beyond the protocol's numbers confirms nothing`() {
        var ledger = written(request(1, replies: 2))
        let reply = Reply(word: "OK", fields: ["18446744073709551615"], options: [:], data: [])
        #expect(ledger.answer(.reply(reply)) == false)
    }

    @Test func `nobody will see it, says the broker`() {
        var ledger = written(request(1))
        #expect(ledger.answer(ok(5, ["subs": "0"])) == true)
        #expect(ledger.finished()?.confirms.unseen == 1)
    }

    @Test func `a cancelled request is taken out before it is written`() {
        var ledger = RequestLedger()
        for number in 1...3 as ClosedRange<UInt64> { ledger.enqueue(request(number)) }
        let cancelled = ledger.cancel(2)
        #expect(cancelled?.request.number == 2 && cancelled?.wasWritten == false && cancelled?.isGone == true)
        #expect(rest(&ledger) == [1, 3])
        #expect(ledger.cancel(2) == nil)
    }

    @Test func `a cancelled request that was written goes on taking its replies`() {
        var ledger = written(request(1, replies: 2), request(2))
        for number in [1, 2] as [UInt64] {
            let cancelled = ledger.cancel(number)
            #expect(cancelled?.wasWritten == true && cancelled?.isGone == false)
        }
        #expect(ledger.answer(ok(1)) == true)
        #expect(ledger.answer(ok(2)) == true)
        #expect(ledger.finished()?.request.number == 1)
        #expect(ledger.answer(ok(3)) == true)
        #expect(ledger.finished()?.request.number == 2)
        // It is not sent again when the connection ends.
        var second = written(request(1), request(2))
        _ = second.cancel(1)
        #expect(second.connectionEnded().map(\.number) == [1])
        #expect(rest(&second) == [2])
    }

    @Test func `a request that waits to be sent again is taken out when it is cancelled`() {
        var ledger = written(request(1))
        _ = ledger.connectionEnded()
        let cancelled = ledger.cancel(1)
        #expect(cancelled?.wasWritten == true && cancelled?.isGone == true)
        #expect(ledger.isEmpty)
    }

    @Test func `all requests come out, oldest first`() {
        var ledger = written(request(1), request(2))
        ledger.enqueue(request(3))
        let all = ledger.removeAll()
        #expect(all.map(\.request.number) == [1, 2, 3] && all.map(\.wasWritten) == [true, true, false])
        #expect(ledger.isEmpty)
    }

    @Test func `what settles overtakes what waits for another broker`() {
        var ledger = RequestLedger()
        ledger.enqueue(request(1))
        var ack = request(2, publishes: false, retry: .report)
        ack.lease = Lease(consumer: 1, tag: 1)
        ledger.enqueue(ack)
        ledger.enqueue(request(3))
        #expect(rest(&ledger, settlingOnly: true) == [2])
        #expect(rest(&ledger) == [1, 3])
    }
}
