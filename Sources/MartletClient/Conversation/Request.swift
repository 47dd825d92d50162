// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletProtocol
import NIOCore

/// The reply to one command of a request.
enum Answer: Sendable {
    case reply(Reply)
    case refusal(code: String, message: String)

    /// The reply, or what was refused as an error.
    func get() throws(ClientError) -> Reply {
        switch self {
        case .reply(let reply): return reply
        case .refusal(let code, let message): throw ClientError(.refused(code), "\(code): \(message)")
        }
    }
}

/// One or more commands that are written together, and who waits for their replies.
struct Request: Sendable {
    /// What becomes of a request whose connection ended before its reply.
    enum Retry: Sendable {
        /// It may be sent again: it changes nothing, or its ids make repeats harmless.
        case resend
        /// Whoever waits is told that nobody knows.
        case report
    }

    /// Who waits.
    enum Completion: Sendable {
        case nobody
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
    /// Who waits.
    var completion = Completion.nobody

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
        case .nobody: messages > 0
        default: false
        }
    }

    /// Tells whoever waits that it failed.
    func fail(_ error: ClientError) {
        switch completion {
        case .nobody, .subscription, .touch: break
        case .answers(let waiter): waiter.resume(returning: .failure(error))
        case .publication(let waiter): waiter.resume(returning: .failure(error))
        case .batch(let waiter): waiter.resume(returning: .failure(error))
        }
    }
}

/// What the broker answered to the publishes of a request, kept as runs.
struct Confirms: Sendable {
    /// Messages that follow each other with offsets that follow each other.
    struct Run: Sendable, Equatable {
        var index: Int
        var first: UInt64
        var count: Int
    }

    private(set) var count = 0
    private(set) var runs: [Run] = []
    private(set) var duplicates: [Int] = []
    private(set) var refusals: [BatchPublication.Refusal] = []
    private(set) var unseen = 0

    /// Takes the next confirm.
    @inline(__always)
    mutating func append(_ offset: UInt64, isDuplicate: Bool, isUnseen: Bool) {
        let last = runs.count &- 1
        if last >= 0, runs[last].first &+ UInt64(runs[last].count) == offset,
            runs[last].index &+ runs[last].count == count
        {
            runs[last].count &+= 1
        } else {
            runs.append(Run(index: count, first: offset, count: 1))
        }
        if isDuplicate { duplicates.append(count) }
        if isUnseen { unseen &+= 1 }
        count &+= 1
    }

    /// Takes a refusal in the place of the next confirm.
    mutating func append(_ error: ClientError) {
        refusals.append(BatchPublication.Refusal(index: count, error: error))
        count += 1
    }
}
