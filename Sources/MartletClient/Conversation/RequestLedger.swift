// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// The requests of a client in their order: those that wait to be written and those that wait for replies.
///
/// Replies carry no number: they belong to the oldest request that has not had all of its own. The ledger outlives
/// connections and decides what is written again on the next.
struct RequestLedger: Sendable {
    /// The oldest request without all its replies; apart, so that it is changed in place.
    private(set) var head: Unanswered?
    private var rest = CircularBuffer<Unanswered>()
    private var backlog = CircularBuffer<Unanswered>()

    init() {}

    /// Whether no request waits.
    var isEmpty: Bool { head == nil && backlog.isEmpty }
    /// Whether no request waits for a reply.
    var isAnswered: Bool { head == nil }
    /// How many requests wait to be written.
    var waiting: Int { backlog.count }

    /// Takes a request that is to be written after all others.
    mutating func enqueue(_ request: Request) {
        backlog.append(Unanswered(request))
    }

    /// Takes a request that is written right now, before all that waits.
    mutating func written(_ request: Request) {
        push(Unanswered(request))
    }

    /// Takes the next request to write out; when it is written it has to be handed to `written`.
    ///
    /// - Parameter settlingOnly: whether only what works under a lease is looked for.
    mutating func next(settlingOnly: Bool = false) -> Unanswered? {
        guard settlingOnly else { return backlog.popFirst() }
        return backlog.firstIndex { $0.request.lease != nil }.map { backlog.remove(at: $0) }
    }

    /// Takes a request that is written and waits for its replies from now on.
    mutating func written(_ unanswered: Unanswered) { push(unanswered) }

    private mutating func push(_ unanswered: Unanswered) {
        if head == nil { head = unanswered } else { rest.append(unanswered) }
    }

    /// How many of the next replies are confirms of the oldest request.
    var expectedConfirms: Int {
        guard let head, head.request.isPublish else { return 0 }
        return head.missing
    }

    /// Takes confirms of the oldest request from a source that is told how many there may be.
    mutating func confirm(
        from source: (_ atMost: Int, (UInt64, Bool, Bool) -> Void) -> Int
    ) -> Int {
        guard var current = head.take() else { return 0 }
        let count = source(current.missing) { current.confirm($0, isDuplicate: $1, isUnseen: $2) }
        head = consume current
        return count
    }

    /// Takes a reply that is not a plain confirm; false when it answers no request, or not the one that waits.
    mutating func answer(_ answer: Answer) -> Bool {
        guard head != nil else { return false }
        if head?.request.isPublish == true {
            if (head?.repeats ?? 0) > 0 {
                head?.repeats -= 1
                return true
            }
            switch answer {
            case .refusal(let code, let message):
                head?.confirms.append(ClientError(.refused(code), "\(code): \(message)"))
            case .reply(let reply):
                guard reply.word == "OK" || reply.word == "DUP",
                    let offset = reply.fields.first.flatMap({ UInt64($0) }), offset <= Limits.number
                else { return false }
                if offset == 0, let due = reply.options["due"].flatMap({ UInt64($0) }) {
                    head?.confirm(due: due, isDuplicate: reply.word == "DUP")
                    return true
                }
                head?.confirm(offset, isDuplicate: reply.word == "DUP", isUnseen: reply.options["subs"] == "0")
            }
        } else {
            head?.answers.append(answer)
        }
        return true
    }

    /// The oldest request if it has all its replies.
    mutating func finished() -> Unanswered? {
        guard let current = head, current.missing <= 0 else { return nil }
        head = rest.popFirst()
        return current
    }

    /// Notes that the connection ended: what is safe to repeat comes first on the next, in its order.
    ///
    /// - Returns: the requests whose outcome is unknown.
    mutating func connectionEnded() -> [Request] {
        var unknown: [Request] = []
        var again: [Unanswered] = []
        while var current = head {
            head = rest.popFirst()
            switch current.request.retry {
            case .report: unknown.append(current.request)
            case .resend:
                current.wasSentBefore = true
                // What was refused may be accepted now, so then everything is heard anew.
                if !current.confirms.refusals.isEmpty { current.confirms = Confirms() }
                current.repeats = current.confirms.count
                current.answers.removeAll()
                again.append(current)
            }
        }
        for current in again.reversed() { backlog.prepend(current) }
        return unknown
    }

    /// A request that was cancelled.
    struct Cancelled {
        var request: Request
        /// Whether it was written, on this connection or an earlier one.
        var wasWritten: Bool
        /// Whether it is gone from the ledger; otherwise it goes on taking its replies, which are dropped.
        var isGone: Bool
    }

    /// Takes back a request whose task no longer waits for it; nil when it has had its replies.
    mutating func cancel(_ number: UInt64) -> Cancelled? {
        if let index = backlog.firstIndex(where: { $0.request.number == number }) {
            let found = backlog.remove(at: index)
            return Cancelled(request: found.request, wasWritten: found.wasSentBefore, isGone: true)
        }
        if let current = head, current.request.number == number {
            head?.abandon()
            return Cancelled(request: current.request, wasWritten: true, isGone: false)
        }
        guard let index = rest.firstIndex(where: { $0.request.number == number }) else { return nil }
        let request = rest[index].request
        rest[index].abandon()
        return Cancelled(request: request, wasWritten: true, isGone: false)
    }

    /// Takes all requests out, oldest first, with whether each was written.
    mutating func removeAll() -> [(request: Request, wasWritten: Bool)] {
        var all: [(Request, Bool)] = []
        while let current = head {
            head = rest.popFirst()
            all.append((current.request, true))
        }
        while let current = backlog.popFirst() { all.append((current.request, current.wasSentBefore)) }
        return all
    }
}
