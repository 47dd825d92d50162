// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// One or more commands that are written together, and what waits for their replies.
struct Request: Sendable {
    /// What becomes of a request whose connection ended before its reply.
    enum Retry: Sendable {
        /// It may be sent again: it changes nothing, or its ids make repeats harmless.
        case resend
        /// The task that waits is told that the outcome is unknown.
        case report
    }

    /// What is done with the replies.
    enum Completion: Sendable {
        case ignored
        case answers(CheckedContinuation<Result<[Answer], ClientError>, Never>)
        case publication(CheckedContinuation<Result<Publication, ClientError>, Never>)
        case batch(CheckedContinuation<Result<Confirms, ClientError>, Never>)
        case subscription(consumer: Int)
        case touch(consumer: Int)
    }

    /// Names the request, so that a task that is cancelled can take it back.
    var number: UInt64 = 0
    /// The commands.
    var frame: ByteBuffer
    /// How many commands there are.
    var replies = 1
    /// How many messages they publish outside of a transaction.
    var messages = 0
    /// Bytes of the largest body that it publishes outside of a transaction.
    var largestBody = 0
    /// What becomes of it when its connection ends.
    var retry = Retry.report
    /// Whether the ids were made for this request, so that a repeat can only be one of its own.
    var hasOwnIDs = false
    /// The lease without which it has no meaning.
    var lease: Lease?
    /// What is done with the replies.
    var completion = Completion.ignored

    /// Commands that are written already.
    init(frame: ByteBuffer) { self.frame = frame }

    /// One command.
    init(_ command: Command) {
        frame = ByteBuffer()
        CommandEncoder.write(command, into: &frame)
    }

    /// Whether its replies are confirms of publishes.
    var isPublish: Bool {
        switch completion {
        case .publication, .batch: true
        case .ignored: messages > 0
        default: false
        }
    }

    /// Tells the task that waits that it failed.
    func fail(_ error: ClientError) {
        switch completion {
        case .ignored, .subscription, .touch: break
        case .answers(let waiter): waiter.resume(returning: .failure(error))
        case .publication(let waiter): waiter.resume(returning: .failure(error))
        case .batch(let waiter): waiter.resume(returning: .failure(error))
        }
    }
}
