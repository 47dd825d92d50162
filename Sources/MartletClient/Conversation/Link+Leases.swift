// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// How one consumer's leases are kept alive.
struct Touching {
    /// What a lease lasts, in milliseconds.
    var lease: Int
    /// The next sign of life.
    var task: Scheduled<Void>
}

// Signs of life for what handlers work on.
extension Link {
    /// Gives the leases of a consumer a sign of life at each third of their time, from now on.
    ///
    /// One that goes on with the same lease keeps its rhythm.
    func keepTouching(_ mailbox: Mailbox, lease: Int) {
        guard touching[mailbox.number]?.lease != lease else { return }
        stopTouching(mailbox)
        scheduleTouch(mailbox, lease: lease)
    }

    /// Gives the leases of a consumer no more signs of life.
    func stopTouching(_ mailbox: Mailbox) {
        touching.removeValue(forKey: mailbox.number)?.task.cancel()
    }

    private func scheduleTouch(_ mailbox: Mailbox, lease: Int) {
        let task = schedule(after: .milliseconds(max(100, lease / 3))) { $0.touch(mailbox) }
        touching[mailbox.number] = Touching(lease: lease, task: task)
    }

    /// Shows the broker that the work on all leases of a consumer goes on.
    private func touch(_ mailbox: Mailbox) {
        guard mailboxes[mailbox.number] === mailbox, let current = touching[mailbox.number] else { return }
        defer { scheduleTouch(mailbox, lease: current.lease) }
        guard state.phase == .open, pendingSubscriptions == 0 else { return }
        for piece in TagList.pieces(mailbox.heldTags.map(UInt64.init)) {
            var request = Request(.touch(Touch(consumer: UInt64(mailbox.number), tags: piece)))
            request.completion = .touch(consumer: mailbox.number)
            write(request)
        }
        connection?.flush()
    }

    /// Takes the broker's answer to a sign of life.
    func touched(_ consumer: Int, _ answer: Answer) {
        guard let mailbox = mailboxes[consumer], case .reply(let reply) = answer else { return }
        if let lost = reply.options["lost"], let tags = TagList.ranges(in: lost) { mailbox.lose(tags) }
    }
}
