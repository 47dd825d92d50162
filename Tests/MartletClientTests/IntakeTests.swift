// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore
import Testing

@testable import MartletClient

/// How much is taken on at a time.
struct IntakeTests {
    private func request(_ number: UInt64, messages: Int = 1, bytes: Int = 1) -> Request {
        var request = Request(frame: ByteBuffer(repeating: 0, count: bytes))
        request.number = number
        request.messages = messages
        return request
    }

    private func numbers(_ intake: Intake) -> [UInt64] {
        intake.take().compactMap { order in
            if case .request(let request) = order { request.number } else { nil }
        }
    }

    @Test func `messages pass up to the limit and not one past it`() {
        let intake = Intake(maxMessages: 3, maxBytes: 100)
        for number in 1...4 as ClosedRange<UInt64> { intake.submit(request(number)) }
        #expect(numbers(intake) == [1, 2, 3])
        #expect(intake.load == (3, 1))
        intake.release(request(1))
        #expect(numbers(intake) == [4])
        #expect(intake.load == (3, 0))
    }

    @Test func `bytes pass up to the limit and not one past it`() {
        let intake = Intake(maxMessages: 100, maxBytes: 10)
        intake.submit(request(1, bytes: 4))
        intake.submit(request(2, bytes: 6))
        intake.submit(request(3, bytes: 1))
        #expect(numbers(intake) == [1, 2])
        intake.release(request(2, bytes: 6))
        #expect(numbers(intake) == [3])
        let other = Intake(maxMessages: 100, maxBytes: 10)
        other.submit(request(1, bytes: 4))
        other.submit(request(2, bytes: 7))
        #expect(numbers(other) == [1])
    }

    @Test func `publishes that wait go in their order, a small one not before a large one`() {
        let intake = Intake(maxMessages: 4, maxBytes: 100)
        intake.submit(request(1, messages: 3))
        intake.submit(request(2, messages: 2))
        intake.submit(request(3, messages: 1))
        #expect(numbers(intake) == [1])
        intake.release(request(1, messages: 3))
        #expect(numbers(intake) == [2, 3])
    }

    @Test func `what is larger than the limit passes alone`() {
        let intake = Intake(maxMessages: 4, maxBytes: 100)
        intake.submit(request(1))
        intake.submit(request(2, messages: 50, bytes: 1_000))
        intake.submit(request(3))
        #expect(numbers(intake) == [1])
        intake.release(request(1))
        #expect(numbers(intake) == [2])
        intake.release(request(2, messages: 50, bytes: 1_000))
        #expect(numbers(intake) == [3])
        intake.release(request(3))
        #expect(intake.load == (0, 0) && intake.isIdle)
    }

    @Test func `what publishes nothing never waits`() {
        let intake = Intake(maxMessages: 1, maxBytes: 1)
        intake.submit(request(1, bytes: 9))
        intake.submit(request(2))
        intake.submit(request(3, messages: 0, bytes: 1_000))
        #expect(numbers(intake) == [1, 3])
        intake.release(request(3, messages: 0, bytes: 1_000))
        #expect(intake.load == (1, 1))
    }

    @Test func `when a large one that waits is taken back, those behind it go on`() {
        let intake = Intake(maxMessages: 4, maxBytes: 100)
        intake.submit(request(1, messages: 3))
        intake.submit(request(2, messages: 2))
        intake.submit(request(3, messages: 1))
        #expect(numbers(intake) == [1])
        intake.cancel(2)
        #expect(numbers(intake) == [3])
        #expect(intake.load == (4, 0))
    }

    @Test func `it wakes once until it is emptied`() {
        let wakes = Lock(0)
        let intake = Intake(maxMessages: 1, maxBytes: 100)
        intake.attach { wakes.withLock { $0 += 1 } }
        for number in 1...3 as ClosedRange<UInt64> { intake.submit(request(number)) }
        intake.post(.cancel(9))
        #expect(wakes.withLock { $0 } == 1)
        _ = intake.take()
        intake.release(request(1))
        #expect(wakes.withLock { $0 } == 2)
    }

    @Test func `when it is closed, everything fails`() async {
        let intake = Intake(maxMessages: 1, maxBytes: 100)
        let results = await withTaskGroup(of: ClientError.Code?.self) { group in
            for number in 1...3 as ClosedRange<UInt64> {
                group.addImmediateTask {
                    let result = await withCheckedContinuation { waiter in
                        var request = request(number)
                        request.completion = .publication(waiter)
                        intake.submit(request)
                    }
                    if case .failure(let error) = result { return error.code } else { return nil }
                }
            }
            #expect(intake.load == (1, 2))
            let orders = intake.close(ClientError(.closed, "over"))
            for order in orders {
                if case .request(let request) = order { request.fail(ClientError(.closed, "over")) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [.closed, .closed, .closed])
        #expect(!intake.post(.cancel(1)))
    }
}
