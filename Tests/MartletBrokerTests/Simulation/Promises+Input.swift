// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// What the core is given, from which follows what it may and must do.
extension Promises {
    func take(_ link: Link, resuming: String?, at now: UInt64) {
        peers[link.id] = Peer(link: link, resuming: resuming)
        guard let resuming, let holder = holder(of: resuming, at: now) else { return }
        // The broker ends the earlier connection of a session that a client asks for.
        if peers[holder]?.isOpen == true { disconnect(holder, at: now) }
    }

    /// The connection that has a session, be it told or not.
    private func holder(of session: String, at now: UInt64) -> UInt64? {
        guard let known = holders[session] ?? comingHolder(of: session) else { return nil }
        let isKept = kept[session]?.values.contains { $0.keptUntil > now } ?? false
        guard isKept || peers[known]?.isOpen == true else { return known }
        // Who asked for it last has it.
        let asking = peers.filter { $1.isOpen && $1.resuming == session && $1.link.owed.contains(where: \.isHello) }
        return asking.keys.max() ?? known
    }

    /// The connection of a session whose first `SUB` with grace was taken and not answered.
    private func comingHolder(of session: String) -> UInt64? {
        peers.first { _, peer in
            peer.isOpen && peer.link.session == session
                && peer.link.owed.contains { request in
                    if case .command(.subscribe(let fields)) = request.kind { fields.grace > 0 } else { false }
                }
        }?.key
    }

    func disconnect(_ id: UInt64, at now: UInt64) {
        guard let peer = peers[id], peer.isOpen else { return }
        peers[id]?.isOpen = false
        peer.link.isClosed = true
        if let resuming = peer.resuming, holders[resuming] != nil, peer.link.owed.contains(where: \.isHello) {
            // It has the session that it asked for, although that was not told.
            holders[resuming] = id
        }
        for (number, attachment) in peer.attachments {
            let held = attachment.live.filter { lease($0, of: attachment)?.mayHaveEnded == false }
            end(attachment, isLoss: true)
            attachment.subscription.lastUse = now
            guard attachment.grace > 0, !attachment.subscription.isRemoved else { continue }
            attachment.keptStep = step
            attachment.keptUntil = now + UInt64(attachment.grace)
            kept[session(of: peer), default: [:]][number] = attachment
            // What is kept is neither lost nor given to others before its grace is over.
            for tag in held {
                change(tag, of: attachment) { lease in
                    lease.ends = 0
                    lease.sureUntil = min(lease.sureUntil, now + UInt64(attachment.grace))
                }
            }
        }
        peers[id]?.ended = peer.attachments
        peers[id]?.attachments = [:]
        for request in peer.link.owed {
            guard case .command(let command) = request.kind else { continue }
            if case .subscribe(let fields) = command { keep(fields, of: peer, at: now) }
            if let title = command.endedTitle { endsLeft.append(title) }
        }
        peer.link.owed = []
    }

    /// A consumer whose `SUB` was taken and not answered is kept too.
    private func keep(_ request: Subscribe, of peer: Peer, at now: UInt64) {
        let session = session(of: peer)
        if let earlier = kept[session]?[request.consumer],
            earlier.subscription.topic != request.topic || earlier.subscription.name != request.subscription
        {
            kept[session]?[request.consumer] = nil
            end(earlier, isLoss: true)
        }
        if let attachment = kept[session]?[request.consumer] {
            attachment.grace = request.grace
            for tag in attachment.live {
                change(tag, of: attachment) { $0.sureUntil = min($0.sureUntil, now + UInt64(request.grace)) }
            }
        } else if request.grace > 0, let ledger = ledger(request.topic, request.subscription) {
            let attachment = Attachment(
                request.consumer, ledger, link: peer.link.id, window: request.window ?? configuration.window,
                grace: request.grace)
            attachment.keptStep = step
            attachment.keptUntil = now + UInt64(request.grace)
            kept[session, default: [:]][request.consumer] = attachment
            if holders[session] == nil { holders[session] = peer.link.id }
        }
    }

    private func session(of peer: Peer) -> String {
        // ORDER: one connection holds one session.
        holders.first { $0.value == peer.link.id }?.key ?? peer.link.session
    }

    /// All that a consumer holds may go elsewhere.
    func end(_ attachment: Attachment, isLoss: Bool) {
        for tag in attachment.live {
            change(tag, of: attachment) { $0.ends += 1 }
            if isLoss { countFailure(tag, of: attachment, ifTouched: true) }
        }
    }

    private func leave(_ attachment: Attachment, at now: UInt64) {
        attachment.isLeaving = true
        attachment.subscription.lastUse = now
        end(attachment, isLoss: false)
    }

    func change(_ tag: UInt64, of attachment: Attachment, _ body: (inout SubscriptionLedger.Lease) -> Void) {
        guard let offset = attachment.given[tag], var lease = attachment.subscription.messages[offset]?.lease,
            lease.attachment === attachment, lease.tag == tag
        else { return }
        body(&lease)
        attachment.subscription.messages[offset]?.lease = lease
    }

    func lease(_ tag: UInt64, of attachment: Attachment) -> SubscriptionLedger.Lease? {
        guard let offset = attachment.given[tag], let lease = attachment.subscription.messages[offset]?.lease,
            lease.attachment === attachment, lease.tag == tag
        else { return nil }
        return lease
    }

    private func countFailure(_ tag: UInt64, of attachment: Attachment, ifTouched: Bool) {
        guard let offset = attachment.given[tag], let lease = lease(tag, of: attachment) else { return }
        if !ifTouched || lease.isTouched { attachment.subscription.messages[offset]?.failures += 1 }
    }

    // MARK: - Commands

    func take(_ request: Request, on id: UInt64, at now: UInt64) {
        guard let peer = peers[id], peer.isOpen else { return }
        if request.transaction != nil { peers[id]?.transaction.append(request) }
        if case .publish(let publication) = request.kind { request.topicID = topicID(publication.topic) }
        guard case .command(let command) = request.kind else { return }
        takeNames(command, request)
        switch command {
        case .settle(let settle):
            if request.transaction == nil { take(settle, request, of: peer) }
        case .touch(let touch): take(touch, request, of: peer)
        case .window(let number, let window):
            guard let attachment = peer.attachments[number] else { return }
            attachment.window = max(attachment.window, window)
        case .unsubscribe(let number):
            if let attachment = peer.attachments[number] { leave(attachment, at: now) }
        case .bye:
            for attachment in peer.attachments.values { leave(attachment, at: now) }
        case .begin: peers[id]?.transaction = [request]
        case .commit: commit(request, of: id)
        case .abort: peers[id]?.transaction = []
        case .purge(let name, _):
            if let id = topicID(name) { topics[id]?.purges += 1 }
        case .get(_, let key): request.knownVersion = records[String(decoding: key, as: UTF8.self)]?.newest ?? 0
        case .set(let set): request.knownVersion = records[String(decoding: set.key, as: UTF8.self)]?.newest ?? 0
        case .receipt(let receipt): note(receipt, of: peer)
        default: break
        }
    }

    private func take(_ settle: Settle, _ request: Request, of peer: Peer) {
        guard let attachment = peer.attachments[settle.consumer] else { return }
        for tag in settle.tags.joined() {
            guard let offset = attachment.given[tag] else { continue }
            let lease = lease(tag, of: attachment)
            request.meant.append(
                MeantDelivery(
                    tag: tag, offset: offset, subscription: attachment.subscription,
                    isInTime: lease.map { request.arrived < $0.sureUntil && !$0.mayHaveEnded } ?? false,
                    isFirst: lease.map { !$0.mayHaveEnded } ?? false))
            switch settle.verb {
            case .ack: attachment.subscription.messages[offset]?.possibleAcks += 1
            case .nack: attachment.subscription.messages[offset]?.failures += 1
            case .reject:
                attachment.subscription.messages[offset]?.failures += 1
                attachment.subscription.messages[offset]?.isRejected = true
            case .release, .park: break
            }
            change(tag, of: attachment) { $0.ends += 1 }
        }
    }

    private func take(_ touch: Touch, _ request: Request, of peer: Peer) {
        guard let attachment = peer.attachments[touch.consumer] else { return }
        let extend = UInt64(touch.extend ?? attachment.subscription.settings.lease)
        for tag in touch.tags.joined() {
            guard let offset = attachment.given[tag], let lease = lease(tag, of: attachment) else { continue }
            let isInTime = request.arrived < lease.sureUntil && !lease.mayHaveEnded
            request.meant.append(
                MeantDelivery(
                    tag: tag, offset: offset, subscription: attachment.subscription, isInTime: isInTime,
                    isFirst: !lease.mayHaveEnded))
            let until = min(request.arrived + extend, lease.delivered + UInt64(configuration.leaseCap))
            change(tag, of: attachment) { lease in
                lease.isTouched = true
                lease.sureUntil = isInTime ? until : min(lease.sureUntil, until)
            }
        }
    }

    /// What a transaction holds may be done from now on.
    private func commit(_ request: Request, of id: UInt64) {
        guard let peer = peers[id] else { return }
        request.transaction?.mayBeCommitted = true
        for part in peer.transaction {
            if case .command(.settle(let settle)) = part.kind {
                part.arrived = request.arrived
                take(settle, part, of: peer)
                request.meant += part.meant
            }
        }
        peers[id]?.transaction = []
    }

    private func note(_ receipt: WriteReceipt, of peer: Peer) {
        guard let attachment = peer.attachments[receipt.consumer], let offset = offset(of: receipt) else { return }
        attachment.subscription.messages[offset]?.possibleReceipts.insert(receipt.outcome)
    }

    /// Clients of a simulation write receipts for messages without ids only, whose keys are their offsets.
    func offset(of receipt: WriteReceipt) -> UInt64? {
        UInt64(String(decoding: receipt.key.dropFirst(), as: UTF8.self))
    }
}
