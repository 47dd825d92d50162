// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// What the broker says leaves it, is judged, and travels to clients.
extension Simulation {
    func send(_ process: BrokerProcess) {
        let outboxes = process.broker.takeOutboxes()
        guard !outboxes.isEmpty else { return }
        promises.turn += 1
        var sayings: [UInt64: [Saying]] = [:]
        // Between connections what is said at once has no order: what ends is looked at before what begins.
        for outbox in outboxes {
            transcript?.add(outbox)
            guard let link = process.links[outbox.connection.value] else { continue }
            for item in outbox.items { sayings[link.id, default: []] += say(item, of: outbox, to: link) }
        }
        for outbox in outboxes {
            guard let link = process.links[outbox.connection.value] else { continue }
            for delivery in outbox.deliveries {
                sayings[link.id, default: []].append(deliver(delivery, of: outbox, to: link, process))
            }
            if let said = sayings[link.id] { carry(said, to: link) }
            if outbox.wantsDrained { drain(link) }
        }
        promises.endTurn()
    }

    private func carry(_ sayings: [Saying], to link: Link) {
        if let time = link.toClient(at: clock.time, taking: draw(link.delay)) {
            events.add(.reachesClient(link, sayings), at: time)
        }
    }

    private func drain(_ link: Link) {
        let delay = draw(link.delay)
        if let time = link.toBroker(at: clock.time, taking: delay) {
            events.add(.reachesBroker(link, .drained), at: time)
        }
    }

    // MARK: - Replies

    private func say(_ item: Outbox.Item, of outbox: Outbox, to link: Link) -> [Saying] {
        switch item {
        case .published(let first, let count, _):
            return (0..<count).compactMap { answer(link, .accepted(first + UInt64($0))) }
        case .duplicate(let offset): return [answer(link, .duplicate(offset))].compactMap { $0 }
        case .queued(let count, _): return (0..<count).compactMap { _ in answer(link, .queued) }
        case .refused(let count, let index):
            return (0..<count).compactMap { _ in answer(link, Answer(outbox.replies[index])) }
        case .settled(let count): return [answer(link, .done(count, lost: []))].compactMap { $0 }
        case .ok, .pong: return [answer(link, .ok)].compactMap { $0 }
        case .reply(let index): return say(outbox.replies[index], to: link)
        }
    }

    private func say(_ reply: Reply, to link: Link) -> [Saying] {
        switch reply {
        case .lost(let consumer, let tags, let reason):
            note("\(link.id) LOST \(consumer) \(tags) \(reason)")
            promises.hearLost(consumer, tags, reason, on: link.id, at: clock.now)
            return [.lost(consumer: consumer, tags: tags)]
        case .gone(let consumer, let reason):
            note("\(link.id) GONE \(consumer) \(reason)")
            if bug == .endIsNotTold { return [] }
            promises.hearGone(consumer, on: link.id)
            return [.gone(consumer: consumer)]
        case .stopping, .replaced:
            note("\(link.id) BYE")
            return [.end]
        default: return [answer(link, Answer(reply))].compactMap { $0 }
        }
    }

    private func answer(_ link: Link, _ answer: Answer) -> Saying? {
        guard !link.isClosed else { return nil }
        guard !link.owed.isEmpty else {
            promises.violate("\(link.id) was answered \(answer), and had asked nothing")
            return nil
        }
        let request = link.owed.removeFirst()
        note("\(link.id) \(request.title) -> \(answer)")
        if bug == .replyLost, isOne(in: 100) { return nil }
        promises.hear(request, answer, on: link.id, at: clock.now)
        if case .command(let command) = request.kind { release(command) }
        if bug == .tagsBeginAnew, case .command(.subscribe(let subscribe)) = request.kind, let process {
            let owner = BrokerProcess.TagOwner(link: link.id, number: subscribe.consumer)
            process.tagBases[owner] = process.highestTags[owner]
        }
        return .answer(request, answer)
    }

    // MARK: - Deliveries

    private func deliver(
        _ delivery: Delivery, of outbox: Outbox, to link: Link, _ process: BrokerProcess
    ) -> Saying {
        let body = outbox.fields(of: delivery).map { String(decoding: $0.body, as: UTF8.self) } ?? "?"
        var got = Got(
            consumer: delivery.consumer, tag: delivery.tag, offset: delivery.offset, attempt: delivery.attempt,
            body: body, receipt: delivery.receipt < 0 ? nil : outbox.receipts[Int(delivery.receipt)])
        if bug == .tagsBeginAnew { got.tag = translated(got, link, process) }
        note(
            "\(link.id) MSG \(got.consumer) \(got.tag) offset \(got.offset) attempt \(got.attempt) "
                + "\(got.body.prefix(8))"
        )
        promises.hear(got, at: delivery.time, on: link.id, at: clock.now)
        if bug == .deliveredTwice, isOne(in: 20) {
            got.tag += 1
            got.attempt += 1
            promises.hear(got, at: delivery.time, on: link.id, at: clock.now)
        }
        return .delivery(got)
    }

    /// The tag as a core would give it that begins anew with each consumer of a number.
    private func translated(_ got: Got, _ link: Link, _ process: BrokerProcess) -> UInt64 {
        let owner = BrokerProcess.TagOwner(link: link.id, number: got.consumer)
        process.highestTags[owner] = max(process.highestTags[owner] ?? 0, got.tag)
        let base = process.tagBases[owner] ?? 0
        if got.tag <= base { process.tagBases[owner] = 0 }
        return got.tag > base ? got.tag - base : got.tag
    }
}
