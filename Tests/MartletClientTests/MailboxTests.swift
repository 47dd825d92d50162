// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import Testing

@testable import MartletClient

/// What one consumer holds.
struct MailboxTests {
    private func mailbox(window: Int = 2) throws -> Mailbox {
        let options = ConsumerOptions()
        return Mailbox(
            number: 1,
            subscription: try SubscriptionRequest("t", "s", from: nil, window: window, options: options))
    }

    private func message(_ tag: Int) -> IncomingMessage {
        IncomingMessage(
            consumer: 1, tag: tag, offset: tag, attempt: 1, time: 1, options: [:], headers: [], body: [])
    }

    /// The lease of the next message.
    private func lease(_ mailbox: Mailbox) async throws -> Lease {
        guard case .message(_, let lease) = try await mailbox.next() else { throw CancellationError() }
        return lease
    }

    @Test func `a window is filled, and not one past it`() throws {
        let mailbox = try mailbox()
        #expect([1, 2, 3].map { mailbox.deliver(message($0)) } == [true, true, false])
    }

    @Test func `a tag that is held is not taken again`() async throws {
        let mailbox = try mailbox(window: 1)
        #expect(mailbox.deliver(message(1)))
        let first = try await lease(mailbox)
        #expect(mailbox.deliver(message(1)))
        mailbox.release(first)
        #expect(mailbox.heldTags == [])
        #expect(mailbox.deliver(message(1)))
        #expect(try await lease(mailbox) !== first)
    }

    @Test func `the lease of a connection that ended does not release one of the next with its tag`() async throws {
        let mailbox = try mailbox()
        #expect(mailbox.deliver(message(1)))
        let stale = try await lease(mailbox)
        mailbox.loseAll()
        #expect(stale.isLost && !stale.settle())
        #expect(mailbox.deliver(message(1)))
        let lease = try await lease(mailbox)
        mailbox.release(stale)
        #expect(mailbox.heldTags == [1])
        #expect(!lease.isLost && lease.settle())
    }

    @Test func `who waits for the last lease to go is called once, when it goes`() async throws {
        let mailbox = try mailbox()
        let calls = Lock(0)
        let count: @Sendable () -> Void = { calls.withLock { $0 += 1 } }
        mailbox.whenIdle(count)
        #expect(calls.withLock { $0 } == 1)
        for tag in 1...2 { #expect(mailbox.deliver(message(tag))) }
        let first = try await lease(mailbox)
        mailbox.whenIdle(count)
        mailbox.release(first)
        #expect(calls.withLock { $0 } == 1)
        mailbox.loseAll()
        #expect(calls.withLock { $0 } == 2)
        mailbox.loseAll()
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func `what a session kept stays, what it lost goes, and what never came is told`() async throws {
        let mailbox = try mailbox(window: 4)
        for tag in 1...3 { #expect(mailbox.deliver(message(tag))) }
        let settling = try await lease(mailbox)
        let lost = try await lease(mailbox)
        #expect(settling.settle())
        // The first was settled and its answer lost, the second ran out, the fourth was on its way.
        #expect(mailbox.resume([3...4]) == [4])
        #expect(!settling.isLost && lost.isLost)
        #expect(mailbox.heldTags == [1, 3])
    }
}
