// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel
import MartletProtocol

// Subscriptions and their messages.
extension Link {
    /// Asks the broker for a consumer's messages.
    func subscribe(_ mailbox: Mailbox) {
        var request = Request(mailbox.subscription.command(consumer: mailbox.number))
        request.completion = .subscription(consumer: mailbox.number)
        pendingSubscriptions += 1
        write(request)
        // A new connection begins with the whole window, which a consumer that drains does not want.
        if mailbox.isDraining { closeWindow(of: mailbox) }
    }

    /// Takes the broker's answer to a subscription.
    func subscribed(_ consumer: Int, _ answer: Answer) {
        pendingSubscriptions -= 1
        guard let mailbox = mailboxes[consumer] else { return }
        switch answer {
        case .refusal(let code, let message):
            let error = ClientError(.refused(code), "\(code): \(message)")
            mailbox.loseAll()
            if error.code.isTemporary {
                retry(mailbox)
            } else {
                mailboxes[consumer] = nil
                mailbox.end(.failure(error))
            }
        case .reply(let reply):
            let resumed = reply.options["resumed"]
            // The bare word: the consumer came back and holds nothing, since what was being settled is settled.
            if resumed != nil || reply.fields.contains("resumed") {
                let kept = resumed.flatMap { TagList.ranges(in: $0) } ?? []
                // They were on their way when the connection ended; no handler here has seen them.
                giveBack(mailbox.resume(kept), of: mailbox)
            } else {
                mailbox.loseAll()
            }
            keepTouching(mailbox, lease: mailbox.subscription.lease(toldBy: reply))
        }
        flush()
    }

    private func retry(_ mailbox: Mailbox) {
        let current = connection
        _ = schedule(after: configuration.backoff.most) { link in
            // The next connection has asked by itself.
            guard link.connection === current, link.state.phase == .open, link.mailboxes[mailbox.number] === mailbox
            else { return }
            link.subscribe(mailbox)
            link.connection?.flush()
        }
    }

    /// Takes a message for a consumer.
    func deliver(_ message: IncomingMessage) throws(ClientError) {
        // A consumer that has just ended gives its messages back by ending.
        guard let mailbox = mailboxes[message.consumer] else { return }
        guard mailbox.deliver(message) else {
            throw ClientError(.protocolViolation, "the broker sent more messages than the window allows")
        }
    }

    /// Ends a consumer whose subscription is not there any more.
    func detach(_ consumer: Int, _ reason: String) {
        guard let mailbox = mailboxes.removeValue(forKey: consumer) else { return }
        stopTouching(mailbox)
        let (topic, subscription) = (mailbox.subscription.topic, mailbox.subscription.subscription)
        let error = ClientError(.gone(reason), "the consumer of \(topic) as \(subscription) was ended: \(reason)")
        // One that drains was about to end anyway.
        mailbox.end(mailbox.isDraining ? .success(()) : .failure(error))
    }

    /// Asks for no more messages.
    func pause(_ mailbox: Mailbox) {
        guard mailboxes[mailbox.number] === mailbox, state.phase == .open else { return }
        closeWindow(of: mailbox)
    }

    /// Gives all leases back and ends the subscription of a consumer.
    func unsubscribe(_ mailbox: Mailbox) {
        guard mailboxes[mailbox.number] === mailbox else { return }
        mailboxes[mailbox.number] = nil
        stopTouching(mailbox)
        let tags = mailbox.takeAll().map { UInt64($0.tag) }
        guard state.phase == .open else { return }
        // What is given back is not to come here again before the end is read.
        if !tags.isEmpty { closeWindow(of: mailbox) }
        giveBack(tags, of: mailbox)
        write(Request(.unsubscribe(consumer: UInt64(mailbox.number))))
    }

    private func closeWindow(of mailbox: Mailbox) {
        write(Request(.window(consumer: UInt64(mailbox.number), window: 0)))
    }

    private func giveBack(_ tags: [UInt64], of mailbox: Mailbox) {
        for piece in TagList.pieces(tags) {
            write(Request(.settle(Settle(verb: .release, consumer: UInt64(mailbox.number), tags: piece))))
        }
    }
}
