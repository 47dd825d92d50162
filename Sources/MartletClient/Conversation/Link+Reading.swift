// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore

// What the broker sends.
extension Link {
    /// Takes bytes of the connection.
    func received(_ bytes: ByteBuffer, generation: Int) {
        loop.assertInEventLoop()
        guard generation == self.generation else { return }
        lastReceived = .now()
        bytes.withUnsafeReadableBytes { parser.append($0) }
        do throws(ClientError) {
            while true {
                if ledger.expectedConfirms > 0, ledger.confirm(from: { parser.confirms(atMost: $0, $1) }) > 0 {
                    complete()
                    guard generation == self.generation else { return }
                    continue
                }
                guard let step = try parser.next() else { return }
                try take(step)
                // What was taken may have ended this connection.
                guard generation == self.generation else { return }
            }
        } catch {
            abort(error)
        }
    }

    /// Writes what the bytes of one read have brought about.
    func readCompleted(generation: Int) {
        guard generation == self.generation else { return }
        flush()
        flushWrites()
        leaveIfDone()
    }

    private func take(_ step: IncomingParser.Step) throws(ClientError) {
        switch step {
        case .pong: break
        case .ping:
            outgoing.writeString("PONG\n")
            hasWritten = true
        case .incoming(.reply(let reply)): try take(.reply(reply))
        case .incoming(.refusal(let code, let message)): try take(.refusal(code: code, message: message))
        case .incoming(.message(let message)): try deliver(message)
        case .incoming(.lost(let consumer, let tags, let reason)):
            logger.debug("leases were lost", metadata: ["reason": "\(reason)", "leases": "\(tags.count)"])
            mailboxes[consumer]?.lose(tags)
        case .incoming(.goodbye(let reason)):
            logger.info("the broker is about to stop", metadata: ["reason": "\(reason)"])
            isBrokerLeaving = true
            closeIfForsaken()
        }
    }

    private func take(_ answer: Answer) throws(ClientError) {
        if state.phase == .greeting { return greeted(answer) }
        guard ledger.answer(answer) else {
            throw ClientError(.protocolViolation, "the broker sent an answer that nobody asked for")
        }
        complete()
    }

    private func complete() {
        while let finished = ledger.finished() { complete(finished) }
        closeIfForsaken()
        // The goodbye was the last request, so its answer is the last that comes.
        if state.phase == .leaving, ledger.isAnswered { channel?.close(promise: nil) }
    }

    /// Leaves a broker that stops as soon as nothing is left that only it can do.
    private func closeIfForsaken() {
        guard isBrokerLeaving, ledger.isAnswered else { return }
        guard let busy = mailboxes.values.first(where: { !$0.isIdle }) else {
            channel?.close(promise: nil)
            return
        }
        // A lease is let go by a task, so no answer brings us back here.
        let current = generation
        busy.whenIdle { [loop] in
            loop.execute { if self.generation == current { self.closeIfForsaken() } }
        }
    }
}
