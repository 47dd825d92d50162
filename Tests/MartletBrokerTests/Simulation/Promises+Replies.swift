// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

// What leaves the broker, each of it backed by what is on disk for certain.
extension Promises {
    func hear(_ request: Request, _ answer: Answer, on id: UInt64, at now: Moment) {
        guard let durable = store?.durable else { return }
        if isConfirmation(request, answer) {
            expect(durable.applied >= request.batch) {
                "\(id) was answered \(answer) although batch \(request.batch) is not durable, only \(durable.applied)"
            }
        }
        switch (request.kind, answer) {
        case (.hello, .welcome(let session)): welcome(id, session)
        case (.hello, _): violate("HELLO was answered \(answer)")
        case (.publish(let publication), .accepted(let offset)):
            accept(publication, at: offset, wall: now.wall)
        case (.publish(let publication), .duplicate(let offset)):
            expect(!publication.id.isEmpty, "\(publication.body) is a duplicate without an id")
            accept(publication, at: offset, wall: now.wall)
        case (.publish(let publication), .refused(let refusal)):
            let topic = request.topicID.flatMap { topics[$0] }
            let isGone = refusal.code == .unknownTopic && (topic?.isMade != true || topic?.isRemoved == true)
            expect(refusal.code == .full || refusal.code == .tx || request.transaction != nil || isGone) {
                "\(publication.body) was refused: \(refusal)"
            }
        case (.publish, .queued): break
        case (.publish, _): violate("a publish was answered \(answer)")
        case (.command(let command), _): hear(command, request, answer, on: id)
        }
    }

    /// Whether an answer says that something has been done.
    private func isConfirmation(_ request: Request, _ answer: Answer) -> Bool {
        if case .command(let command) = request.kind {
            switch command {
            case .begin, .get, .ping, .outcome, .touch, .window: return false
            default: break
            }
        }
        switch answer {
        case .accepted, .duplicate, .done, .ok, .committed, .subscribed: return true
        default: return false
        }
    }

    private func hear(_ command: Command, _ request: Request, _ answer: Answer, on id: UInt64) {
        hearNames(command, request, answer)
        switch (command, answer) {
        case (_, .queued): break
        case (.settle(let settle), _) where request.transaction == nil: hear(settle, request, answer)
        case (.touch, .touched(let lost)):
            for meant in request.meant where meant.isCertain {
                expect(!lost.contains { $0.contains(meant.tag) }) {
                    "\(meant.subscription.title): the touch of \(meant.offset) came in time and was answered lost"
                }
            }
        case (.subscribe(let subscribe), .subscribed): attach(subscribe, on: id)
        case (.subscribe(let subscribe), .resumed(let tags)): resume(subscribe, tags, on: id)
        case (.window(let number, let window), .ok): peers[id]?.attachments[number]?.window = window
        case (.unsubscribe(let number), .ok): peers[id]?.attachments[number] = nil
        case (.bye, .ok): peers[id]?.attachments = [:]
        case (.commit, _): hearCommit(request, answer)
        case (.outcome, .outcome(let word)): hearOutcome(request, word)
        case (.set(let set), _) where request.transaction == nil: hear(set, request, answer)
        case (.get(_, let key), _): hearRecord(String(decoding: key, as: UTF8.self), request, answer)
        case (.receipt(let receipt), .ok) where request.transaction == nil: keep(receipt, on: id)
        default: break
        }
    }

    // MARK: - Sessions and consumers

    private func welcome(_ id: UInt64, _ session: String) {
        guard let peer = peers[id] else { return }
        guard session == peer.resuming else { return }
        holders[session] = id
        welcomed.insert(session)
    }

    func session(of id: UInt64) -> String? {
        if let resuming = peers[id]?.resuming, holders[resuming] == id { return resuming }
        return peers[id]?.link.session
    }

    private func attach(_ request: Subscribe, on id: UInt64) {
        // What was removed since is told behind the answer.
        let known =
            ledger(request.topic, request.subscription)
            ?? subscriptions.last { $0.topic == request.topic && $0.name == request.subscription }
        guard let ledger = known, let session = session(of: id) else {
            return violate("\(request.topic)/\(request.subscription) is subscribed to, and was never made")
        }
        ledger.isMade = true
        // What was kept under the number has ended.
        if let earlier = kept[session]?.removeValue(forKey: request.consumer) { end(earlier, isLoss: true) }
        let attachment = Attachment(
            request.consumer, ledger, link: id, window: request.window ?? configuration.window, grace: request.grace)
        peers[id]?.attachments[request.consumer] = attachment
        if request.grace > 0, holders[session] == nil { holders[session] = id }
    }

    private func resume(_ request: Subscribe, _ tags: [UInt64], on id: UInt64) {
        guard let session = session(of: id), let attachment = kept[session]?.removeValue(forKey: request.consumer)
        else {
            return violate("\(id) resumed consumer \(request.consumer), which was not kept")
        }
        attachment.link = id
        attachment.window = request.window ?? configuration.window
        attachment.grace = request.grace
        peers[id]?.attachments[request.consumer] = attachment
        for tag in tags {
            expect(attachment.given[tag] != nil, "\(attachment.title) got back the tag \(tag), which it never had")
        }
        attachment.live.formIntersection(tags)
    }

    // MARK: - Publishes

    func accept(_ publication: Publication, at offset: UInt64, wall: UInt64) {
        let title = "\(publication.topic) \(publication.body)"
        guard let topicID = publication.topicID, let topic = topics[topicID] else {
            return violate("\(title) was accepted and never written")
        }
        guard !topic.isRemoved else { return }
        guard let store, let row = store.durable.topics[topicID] else {
            return violate("\(title) was accepted although the topic is not durable")
        }
        let end = store.durable.log[row.id]?.last?.end ?? row.next
        expect(offset < max(end, row.first), "\(title) was accepted as \(offset), and only \(end - 1) are durable")
        note(publication, at: offset, in: topicID)
        if publication.confirmed == nil { publication.confirmed = wall }
        publication.isResolved = true
    }

    /// Notes where a message lies for good.
    func note(_ publication: Publication, at offset: UInt64, in topicID: UInt64) {
        let title = "\(publication.topic) \(publication.body)"
        if let other = topics[topicID]?.publications[offset], other !== publication {
            return violate("\(title) and \(other.body) are both \(offset)")
        }
        if let known = publication.offset, known != offset {
            let purged = topics[topicID]?.purgedBelow ?? 0
            guard !publication.id.isEmpty, known < purged || isForgotten(publication) else {
                return violate("\(title) is \(known) and \(offset): stored twice")
            }
        }
        publication.offset = offset
        topics[topicID]?.publications[offset] = publication
    }

    /// Whether a wrong clock may have let the window of an id end.
    private func isForgotten(_ publication: Publication) -> Bool {
        clock.spread >= configuration.dedupWindow
    }

    // MARK: - Settles

    private func hear(_ settle: Settle, _ request: Request, _ answer: Answer) {
        var lost: [ClosedRange<UInt64>] = []
        switch answer {
        case .done(_, let tags): lost = tags
        case .refused(let refusal) where refusal.code == .full && settle.verb == .reject:
            // There was no room for the dead letter, and the lease goes on.
            for meant in request.meant where meant.isFirst {
                meant.subscription.messages[meant.offset]?.lease?.ends -= 1
            }
            return
        case .refused(let refusal):
            expect(refusal.code == .unknownConsumer, "\(settle) was refused: \(refusal)")
            lost = settle.tags
        default: return violate("\(settle) was answered \(answer)")
        }
        for meant in request.meant {
            let isLost = lost.contains { $0.contains(meant.tag) }
            expect(!isLost || !meant.isCertain) {
                "\(meant.subscription.title): the \(settle.verb) of \(meant.offset) came in time and was answered "
                    + "\(answer)"
            }
            guard settle.verb == .ack else { continue }
            if isLost {
                meant.subscription.messages[meant.offset]?.possibleAcks -= 1
            } else if meant.isFirst {
                meant.subscription.messages[meant.offset]?.isAcked = true
            }
        }
    }

    // MARK: - Transactions

    private func hearCommit(_ request: Request, _ answer: Answer) {
        guard let transaction = request.transaction else { return }
        switch answer {
        case .committed(let offsets):
            expect(transaction.outcome != .refused, "\(transaction.id) is committed after all")
            transaction.outcome = .committed
            for meant in request.meant { meant.subscription.messages[meant.offset]?.isAcked = true }
            if let offset = offsets.first { accept(transaction.publication, at: offset, wall: clock.now.wall) }
        case .refused(let refusal):
            expect(transaction.outcome != .committed, "\(transaction.id) is refused after all: \(refusal)")
            transaction.outcome = .refused
            let isHeld = !request.meant.isEmpty && request.meant.allSatisfy(\.isCertain)
            expect(!isHeld || !refusal.text.contains("lease-lost")) {
                "\(transaction.id): the leases were held in time, and it was refused: \(refusal)"
            }
            for meant in request.meant {
                meant.subscription.messages[meant.offset]?.possibleAcks -= 1
                if meant.isFirst { meant.subscription.messages[meant.offset]?.lease?.ends -= 1 }
            }
        default: violate("COMMIT was answered \(answer)")
        }
    }

    private func hearOutcome(_ request: Request, _ word: String) {
        guard let transaction = request.transaction, transaction.mayBeCommitted || word == "committed" else { return }
        switch word {
        case "committed":
            expect(transaction.mayBeCommitted, "\(transaction.id) is committed, which nobody asked for")
            expect(transaction.outcome != .refused, "\(transaction.id) was refused and is committed")
            transaction.outcome = .committed
        // Outcomes are kept by the clock of the wall.
        default:
            expect(transaction.outcome != .committed || clock.spread >= configuration.outcomeTime) {
                "\(transaction.id) was committed and is \(word)"
            }
        }
    }

    // MARK: - Records and receipts

    private func hear(_ set: SetRecord, _ request: Request, _ answer: Answer) {
        let key = String(decoding: set.key, as: UTF8.self)
        let value = String(decoding: set.value, as: UTF8.self)
        guard case .done(let version, _) = answer else {
            guard case .refused(let refusal) = answer else { return violate("SET was answered \(answer)") }
            return expect(refusal.code == .version || refusal.code == .full, "SET was refused: \(refusal)")
        }
        if case .exactly(let expected) = set.expected {
            expect(version > expected, "\(key) has version \(version) after a SET of \(expected)")
        }
        expect(version > request.knownVersion, "\(key) has version \(version) after \(request.knownVersion)")
        note(key, version, value)
    }

    private func note(_ key: String, _ version: UInt64, _ value: String) {
        if let known = records[key]?.values[version], known != value {
            return violate("\(key) has two values of version \(version): \(known) and \(value)")
        }
        var record = records[key] ?? RecordLedger()
        record.values[version] = value
        record.newest = max(record.newest, version)
        records[key] = record
    }

    private func hearRecord(_ key: String, _ request: Request, _ answer: Answer) {
        switch answer {
        case .record(let version, let value):
            expect(version >= request.knownVersion, "\(key) has version \(version) after \(request.knownVersion)")
            if let known = records[key]?.values[version] {
                expect(known == value, "\(key) version \(version) is \(value), not \(known)")
            }
        case .none: expect(request.knownVersion == 0, "\(key) is gone after version \(request.knownVersion)")
        default: violate("GET was answered \(answer)")
        }
    }

    private func keep(_ receipt: WriteReceipt, on id: UInt64) {
        guard let attachment = peers[id]?.attachments[receipt.consumer], let offset = offset(of: receipt) else {
            return
        }
        attachment.subscription.messages[offset]?.receipt = receipt.outcome
    }
}
