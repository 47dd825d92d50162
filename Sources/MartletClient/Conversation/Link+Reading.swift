// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

// What the broker sends.
extension Link {
    func received(on connection: LineConnection) throws(ClientError) {
        while connection === self.connection {
            if ledger.expectedConfirms > 0, ledger.confirm(from: { connection.confirms(atMost: $0, $1) }) > 0 {
                complete()
                continue
            }
            guard let incoming = try connection.next() else { return }
            try take(incoming)
        }
    }

    func readCompleted(on connection: LineConnection) {
        guard connection === self.connection else { return }
        flush()
        leaveIfDone()
    }

    private func take(_ incoming: Incoming) throws(ClientError) {
        switch incoming {
        case .reply(let reply): try take(Answer.reply(reply))
        case .refusal(let code, let message): try take(Answer.refusal(code: code, message: message))
        case .message(let message): try deliver(message)
        case .lost(let consumer, let tags, let reason):
            logger.debug("leases were lost", metadata: ["reason": "\(reason)", "leases": "\(tags.count)"])
            mailboxes[consumer]?.lose(tags)
        case .gone(let consumer, let reason): detach(consumer, reason)
        case .goodbye(let reason):
            logger.info("the broker is about to stop", metadata: ["reason": "\(reason)"])
            isBrokerLeaving = true
            closeIfBrokerIsDone()
        }
    }

    private func take(_ answer: Answer) throws(ClientError) {
        guard ledger.answer(answer) else { throw ClientError(.protocolViolation, "unexpected reply") }
        complete()
    }

    private func complete() {
        while let finished = ledger.finished() { complete(finished) }
        closeIfBrokerIsDone()
        // The goodbye was the last request, so its answer is the last that comes.
        if state.phase == .leaving, ledger.isAnswered { connection?.close() }
    }

    /// Leaves a broker that stops as soon as all deliveries of its connection are settled.
    private func closeIfBrokerIsDone() {
        guard isBrokerLeaving, ledger.isAnswered else { return }
        guard let busy = mailboxes.values.first(where: { !$0.isIdle }) else {
            connection?.close()
            return
        }
        // A task settles the last lease, perhaps without a reply that would lead here.
        let current = connection
        busy.whenIdle { [loop] in
            loop.execute { if self.connection === current { self.closeIfBrokerIsDone() } }
        }
    }
}
