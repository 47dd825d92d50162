// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletProtocol
import NIOCore

// What tasks ask for, and what becomes of it.
extension Link {
    /// Takes what the tasks have left since the last time.
    func takeOrders() {
        loop.assertInEventLoop()
        for order in intake.take() {
            switch order {
            case .request(let request):
                // Without a connection there is no lease to give back; what a session keeps goes back when it resumes.
                if case .ignored = request.completion, request.lease != nil, state.phase != .open { break }
                ledger.enqueue(request)
            case .cancel(let number): cancel(number)
            case .subscribe(let mailbox):
                mailboxes[mailbox.number] = mailbox
                if state.isDraining { mailbox.drain() }
                if state.phase == .open { subscribe(mailbox) }
            case .unsubscribe(let mailbox):
                // What was settled before the end is written before it.
                flush()
                unsubscribe(mailbox)
            case .pause(let mailbox): pause(mailbox)
            }
        }
        flush()
        leaveIfDone()
    }

    private func cancel(_ number: UInt64) {
        guard let cancelled = ledger.cancel(number) else { return }
        let request = cancelled.request
        guard cancelled.wasWritten else {
            intake.release(request)
            return request.fail(.cancelled)
        }
        if cancelled.isGone { intake.release(request) }
        request.fail(
            ClientError(.unknown, "the task was cancelled before the reply came", cause: CancellationError()))
    }

    /// Hands the replies of a request to the task that waits for them.
    func complete(_ finished: Unanswered) {
        let request = finished.request
        intake.release(request)
        switch request.completion {
        case .ignored: break
        case .answers(let waiter): waiter.resume(returning: .success(finished.answers))
        case .publication(let waiter): waiter.resume(returning: finished.confirms.publication)
        case .batch(let waiter): waiter.resume(returning: .success(finished.confirms))
        case .subscription(let consumer):
            if let answer = finished.answers.first { subscribed(consumer, answer) }
        case .touch(let consumer):
            if let answer = finished.answers.first { touched(consumer, answer) }
        }
    }
}

extension Confirms {
    /// What became of the only message.
    var publication: Result<Publication, ClientError> {
        if let refusal = refusals.first { return .failure(refusal.error) }
        if let delayed = delayed.first {
            return .success(Publication(offset: 0, isDuplicate: !duplicates.isEmpty, due: delayed.due))
        }
        guard let run = runs.first else {
            return .failure(ClientError(.protocolViolation, "the broker confirmed no message"))
        }
        return .success(
            Publication(offset: run.first, isDuplicate: !duplicates.isEmpty, isSeen: unseen == 0))
    }
}
