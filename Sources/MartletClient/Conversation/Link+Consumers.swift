// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletProtocol
import NIOCore

/// How one consumer's leases are kept alive.
struct Touching {
    /// What a lease lasts, in milliseconds.
    var lease: Int64
    var task: Scheduled<Void>
}

// Subscriptions and leases.
extension Link {
    /// What brokers give a subscription whose maker names no lease, in milliseconds.
    private static let defaultLease: Int64 = 30_000

    /// Asks the broker for a consumer's messages.
    func subscribe(_ mailbox: Mailbox) {
        var request = Request(
            frame: ByteBuffer(string: mailbox.subscription.line(consumer: mailbox.number) + "\n"))
        request.completion = .subscription(consumer: mailbox.number)
        pendingSubscriptions += 1
        write(request)
        // A new connection begins with the whole window, which a consumer that drains does not want.
        if mailbox.isDraining { command("WINDOW \(mailbox.number) 0") }
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
                let strangers = mailbox.resume(kept)
                // They were on their way when the connection ended; nobody here has seen them.
                for list in TagList.lists(strangers) { command("RELEASE \(consumer) \(list)") }
            } else {
                mailbox.loseAll()
            }
            if touching[consumer] == nil {
                keepTouching(mailbox, lease: mailbox.subscription.lease ?? Self.defaultLease)
            }
            if mailbox.subscription.lease == nil { askForLease(mailbox) }
        }
        flush()
    }

    private func retry(_ mailbox: Mailbox) {
        let wait = configuration.backoff.most
        let current = generation
        _ = schedule(after: wait) { link in
            // The next connection has asked by itself.
            guard link.generation == current, link.state.phase == .open, link.mailboxes[mailbox.number] === mailbox
            else { return }
            link.subscribe(mailbox)
            link.flushWrites()
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

    /// Asks for no more messages.
    func pause(_ mailbox: Mailbox) {
        guard mailboxes[mailbox.number] === mailbox, state.phase == .open else { return }
        command("WINDOW \(mailbox.number) 0")
    }

    /// Gives all leases back and ends the subscription of a consumer.
    func unsubscribe(_ mailbox: Mailbox) {
        guard mailboxes[mailbox.number] === mailbox else { return }
        mailboxes[mailbox.number] = nil
        touching.removeValue(forKey: mailbox.number)?.task.cancel()
        let tags = mailbox.takeAll().map { UInt64($0.tag) }
        guard state.phase == .open else { return }
        // What is given back is not to come here again before the end is read.
        if !tags.isEmpty { command("WINDOW \(mailbox.number) 0") }
        for list in TagList.lists(tags) { command("RELEASE \(mailbox.number) \(list)") }
        command("UNSUB \(mailbox.number)")
    }

    /// Writes a command whose reply says nothing new.
    private func command(_ line: String) {
        write(Request(frame: ByteBuffer(string: line + "\n")))
    }

    /// Asks for the lease of a subscription whose consumer names none: it may have been made with another than the
    /// default, and been made anew since the last connection.
    private func askForLease(_ mailbox: Mailbox) {
        let names = "\(mailbox.subscription.topic) \(mailbox.subscription.subscription)"
        var request = Request(frame: ByteBuffer(string: "INFO subscription \(names)\n"))
        request.completion = .settings(consumer: mailbox.number)
        write(request)
    }

    /// Takes the settings of a consumer's subscription.
    func told(settings: Answer, of consumer: Int) {
        guard let mailbox = mailboxes[consumer], case .reply(let reply) = settings,
            let lease = Self.lease(inSettings: reply.data)
        else { return }
        touching.removeValue(forKey: consumer)?.task.cancel()
        keepTouching(mailbox, lease: lease)
    }

    /// The lease in what `INFO subscription` tells, in milliseconds.
    ///
    /// No other member has that name, and no value can look like one: names hold no quotation marks.
    static func lease(inSettings json: [UInt8]) -> Int64? {
        let parts = String(decoding: json, as: UTF8.self).split(separator: "\"lease\":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return Int64(parts[1].prefix { $0.isASCII && $0.isNumber }).flatMap { $0 > 0 ? $0 : nil }
    }

    private func keepTouching(_ mailbox: Mailbox, lease: Int64) {
        let task = schedule(after: .milliseconds(max(100, lease / 3))) { $0.touch(mailbox) }
        touching[mailbox.number] = Touching(lease: lease, task: task)
    }

    /// Shows the broker that the work on all leases of a consumer goes on.
    private func touch(_ mailbox: Mailbox) {
        guard mailboxes[mailbox.number] === mailbox, let current = touching[mailbox.number] else { return }
        defer { keepTouching(mailbox, lease: current.lease) }
        guard state.phase == .open, pendingSubscriptions == 0 else { return }
        for list in TagList.lists(mailbox.heldTags.map(UInt64.init)) {
            var request = Request(frame: ByteBuffer(string: "TOUCH \(mailbox.number) \(list)\n"))
            request.completion = .touch(consumer: mailbox.number)
            write(request)
        }
        flushWrites()
    }

    /// Takes the broker's answer to a sign of life.
    func touched(_ consumer: Int, _ answer: Answer) {
        guard let mailbox = mailboxes[consumer], case .reply(let reply) = answer else { return }
        if let lost = reply.options["lost"], let tags = TagList.ranges(in: lost) { mailbox.lose(tags) }
    }
}
