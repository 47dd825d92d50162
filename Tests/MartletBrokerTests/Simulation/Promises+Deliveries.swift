// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

// Deliveries and lost leases, as they leave the broker.
extension Promises {
    func hear(_ got: Got, at time: UInt64, on id: UInt64, at now: Moment) {
        guard let attachment = peers[id]?.attachments[got.consumer] else {
            return violate("\(got) was sent to \(id), which has no such consumer")
        }
        let title = "\(attachment.subscription.title) to \(attachment.title): offset \(got.offset) tag \(got.tag)"
        isKnown(got, at: time, of: attachment.subscription, title)
        let highest = peers[id]?.highestTags[got.consumer] ?? 0
        expect(got.tag > highest && attachment.given[got.tag] == nil, "\(title) has a tag that was given before")
        let lease = lease(of: attachment.subscription)
        // Receipts are kept by the clock of the wall.
        let mayForget = clock.spread >= UInt64(Self.receiptTime)
        let problem = attachment.subscription.deliver(
            got, to: attachment, turn: turn, lease: lease, mayForget: mayForget, at: now.steady)
        expect(problem == nil, "\(title) \(problem ?? "")")
        attachment.given[got.tag] = got.offset
        if attachment.isLeaving { change(got.tag, of: attachment) { $0.ends += 1 } }
        attachment.live.insert(got.tag)
        peers[id]?.highestTags[got.consumer] = max(highest, got.tag)
        let held = attachment.held
        expect(held <= attachment.window, "\(title) is the \(held)th of a window of \(attachment.window)")
    }

    /// A message is durable, what was published, and not older than those before it.
    private func isKnown(_ got: Got, at time: UInt64, of ledger: SubscriptionLedger, _ title: String) {
        let topic = ledger.topicID
        guard let store, let row = store.durable.topics[topic] else {
            return violate("\(title) is of a topic that is not durable")
        }
        let end = store.durable.log[row.id]?.last?.end ?? row.next
        expect(got.offset < max(end, row.first), "\(title) is not durable")
        guard let publication = publications[got.body], publication.topic == ledger.topic else {
            return violate("\(title) was never published to \(ledger.topic): \(got.body)")
        }
        note(publication, at: got.offset, in: topic)
        var times = topics[topic]?.times ?? []
        topics[topic]?.times = []
        let index = Int(got.offset)
        while times.count <= index + 8 { times.append(0) }
        expect(times[index] == 0 || times[index] == time, "\(title) has the time \(time), and had \(times[index])")
        times[index] = time
        for near in 1...8 {
            expect(index < near || times[index - near] <= time, "\(title) is older than one before it")
            expect(times[index + near] == 0 || times[index + near] >= time, "\(title) is newer than one behind it")
        }
        topics[topic]?.times = times
    }

    func hearLost(_ number: UInt64, _ tags: [UInt64], _ reason: String, on id: UInt64, at now: Moment) {
        guard let attachment = peers[id]?.attachments[number] ?? keptAttachment(number, of: id) else { return }
        for tag in tags {
            guard let offset = attachment.given[tag] else {
                violate("\(attachment.title) lost the tag \(tag), which it never had")
                continue
            }
            attachment.live.remove(tag)
            if reason == "timeout" { attachment.subscription.messages[offset]?.failures += 1 }
            guard let lease = lease(tag, of: attachment) else { continue }
            expect(lease.mayHaveEnded || now.steady >= lease.sureUntil || reason != "timeout") {
                "\(attachment.subscription.title): the lease of \(offset) ran out \(lease.sureUntil - now.steady) ms "
                    + "early"
            }
            change(tag, of: attachment) { $0.ends += 1 }
        }
    }

    /// A consumer that waits for its client, whose leases run out all the same.
    private func keptAttachment(_ number: UInt64, of id: UInt64) -> Attachment? {
        if let session = session(of: id), let attachment = kept[session]?[number] { return attachment }
        // The session may have gone on to a later connection already.
        if let resuming = peers[id]?.resuming, let attachment = kept[resuming]?[number] { return attachment }
        return kept.values.compactMap { $0[number] }.first { $0.link == id } ?? peers[id]?.ended[number]
    }

    // MARK: - What is written

    /// What a step is about to write, once all that it said has been heard.
    func check(_ batch: StoreBatch, input: Int, at now: UInt64) {
        var bytes = 0
        for operation in batch.operations {
            switch operation {
            case .append(let segment):
                bytes += segment.bytes.count
                place(segment)
            case .putDeferred(let position, let row, _):
                bytes += 200 + row.note.utf8.count
                check(row, at: position)
            case .putEnding(let position, let ending): check(ending, at: position)
            case .putTopic(let row):
                made(row)
                topics[row.id]?.first = row.first
                guard let topic = topics[row.id], topic.purges > 0 else { continue }
                topics[row.id]?.purgedBelow = max(topic.purgedBelow, row.first)
            case .removeTopic(let id): removed(topic: id)
            case .putSubscription(let row): made(row, at: now)
            case .removeSubscription(let id, _): removed(subscription: id, at: now)
            default: break
            }
        }
        // Timers go half of a step further, and a transaction is written whole; each goes over by a message at most.
        let limit = configuration.stepBytes * 2 + input + Self.slack
        expect(bytes <= limit, "batch \(batch.index) writes \(bytes) bytes; at most \(limit) may be one step")
    }

    /// Notes where messages are about to lie.
    private func place(_ segment: Segment) {
        guard topics[segment.topic] != nil else { return }
        for (offset, body) in Self.bodies([segment]).sorted(by: { $0.key < $1.key }) {
            guard let publication = publications[body] else {
                violate("\(offset) is written as \(body), which nobody published")
                continue
            }
            if publication.topicID != segment.topic {
                (publication.topicID, publication.offset, publication.confirmed) = (segment.topic, nil, nil)
            }
        }
    }

    private static var receiptTime: Int { WriteReceipt(consumer: 1, key: [], outcome: "").lifetime }

    private static var slack: Int { 3_000 }

    private func ledger(at position: UInt64) -> SubscriptionLedger? {
        guard let row = store?.contents.subscriptions.values.first(where: { $0.position == position }) else {
            return nil
        }
        return subscriptions.last { $0.id == row.id }
    }

    private func check(_ row: Deferred, at position: UInt64) {
        guard let ledger = ledger(at: position) else { return }
        let failures = ledger.messages[row.offset]?.failures ?? 0
        expect(row.failures <= failures) {
            "\(ledger.title): \(row.offset) has \(row.failures) failures, and only \(failures) things failed"
        }
    }

    private func check(_ ending: Ending, at position: UInt64) {
        guard let ledger = ledger(at: position) else { return }
        if ending.kind == .lost { checkLoss(ending, of: ledger) }
        guard ending.kind == .dead else { return }
        let message = ledger.messages[ending.first] ?? SubscriptionLedger.Message()
        let title = "\(ledger.title): \(ending.first) is dead of \(ending.reason)"
        switch ending.reason {
        case "rejected": expect(message.isRejected, "\(title), and nobody rejected it")
        case "max-deliveries": expect(message.deliveries >= 100, "\(title) after \(message.deliveries) deliveries")
        default:
            expect(message.failures >= UInt64(ledger.settings.maxFailures)) {
                "\(title) after \(message.failures) of \(ledger.settings.maxFailures) failures"
            }
        }
    }

    /// Nothing grows old enough in a simulation to be dropped unsettled.
    private func checkLoss(_ ending: Ending, of ledger: SubscriptionLedger) {
        // What is kept is for those who stay.
        guard !ledger.settings.ephemeral else { return }
        for offset in ending.first...ending.last where offset >= topics[ledger.topicID]?.purgedBelow ?? 0 {
            guard let publication = topics[ledger.topicID]?.publications[offset] else { continue }
            expect(publication.confirmed == nil || ledger.messages[offset]?.possibleAcks ?? 0 > 0) {
                "\(ledger.title): retention drops \(offset), which was confirmed and is not settled"
            }
        }
    }
}
