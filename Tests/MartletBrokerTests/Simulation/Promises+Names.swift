// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

// Topics and subscriptions come when they are asked for, and go when they are told to or nobody uses them.
extension Promises {
    /// What was asked for of a subscription that is to be made.
    struct Creation {
        let from: Start
        let options: SubscriptionOptions
    }

    /// Subscriptions that are there, as far as is known.
    var living: [SubscriptionLedger] { subscriptions.filter { !$0.isRemoved } }

    func topicID(_ name: String) -> UInt64? { topicIDs[name] }

    func publication(_ topic: String, _ offset: UInt64) -> Publication? {
        topicID(topic).flatMap { topics[$0]?.publications[offset] }
    }

    /// Whether a name is certainly not in use.
    func isFree(_ title: String) -> Bool {
        subscriptions.allSatisfy { $0.title != title || $0.isEndConfirmed }
            && topics.values.allSatisfy { $0.name != title || $0.isEndConfirmed }
    }

    /// Whether a subscription has a consumer for certain.
    func isUsed(_ ledger: SubscriptionLedger) -> Bool {
        peers.values.contains { peer in
            peer.isOpen && peer.attachments.values.contains { $0.subscription === ledger && !$0.isLeaving }
        }
    }

    // MARK: - What is asked

    func create(_ topic: String, _ name: String, _ from: Start, _ options: SubscriptionOptions) {
        creations["\(topic)/\(name)", default: []].append(Creation(from: from, options: options))
    }

    /// Notes what a command may make or end from now on.
    func takeNames(_ command: Command, _ request: Request) {
        switch command {
        case .createTopic(let name, _): topicsAsked.insert(name)
        case .createSubscription(let topic, let name, let from?, let options): create(topic, name, from, options)
        case .subscribe(let fields):
            request.ledger = ledger(fields.topic, fields.subscription)
            if let from = fields.from { create(fields.topic, fields.subscription, from, fields.options) }
        case .deleteSubscription(let topic, let name):
            request.ledger = ledger(topic, name)
            endsAsked["\(topic)/\(name)", default: 0] += 1
        case .deleteTopic(let name):
            request.topicID = topicID(name)
            endsAsked[name, default: 0] += 1
        default: break
        }
    }

    /// A step of the broker begins: what was asked by those who left before has been done, or never will be.
    func beginStep() {
        step += 1
        for title in endsLeft { endsAsked[title, default: 0] -= 1 }
        endsLeft = []
    }

    private func isEndAsked(_ title: String) -> Bool { endsAsked[title] ?? 0 > 0 }

    // MARK: - What is done

    func made(_ row: StoredTopic) {
        guard topics[row.id] == nil, !row.name.hasPrefix("$") else { return }
        expect(topicsAsked.contains(row.name), "the topic \(row.name) is made, and nobody asked for it")
        expect(topicIDs[row.name] == nil, "the topic \(row.name) is made, and was there")
        topics[row.id] = Topic(name: row.name)
        topicIDs[row.name] = row.id
    }

    func made(_ row: StoredSubscription, at now: UInt64) {
        guard let topic = topics[row.topic], subscriptions.last(where: { $0.id == row.id }) == nil else { return }
        let title = "\(topic.name)/\(row.name)"
        let asked = creations[title]?.last { $0.options.settings(over: SubscriptionSettings()) == row.settings }
        guard let asked else { return violate("\(title) is made, and nobody asked for it") }
        expect(ledger(topic.name, row.name) == nil, "\(title) is made, and was there")
        let first = store?.contents.topics[row.topic]?.first ?? 1
        let last = topic.publications.filter { $0.value.confirmed != nil }.keys.max() ?? 0
        switch asked.from {
        case .earliest: expect(row.start <= max(first, topic.first), "\(title) begins at \(row.start), not at \(first)")
        case .new: expect(row.start > last, "\(title) begins at \(row.start), and \(last) was there")
        case .offset(let offset):
            expect(row.start >= offset && row.start <= max(offset, first, topic.first)) {
                "\(title) begins at \(row.start), not at \(offset)"
            }
        case .time: break
        }
        let ledger = SubscriptionLedger(topic.name, row.name, row.settings, id: row.id, topicID: row.topic)
        ledger.start = row.start
        ledger.lastUse = now
        subscriptions.append(ledger)
    }

    func removed(subscription id: UInt64, at now: UInt64) {
        guard let ledger = subscriptions.last(where: { $0.id == id }) else { return }
        let title = ledger.title
        if !isEndAsked(title), !isEndAsked(ledger.topic) {
            expect(ledger.settings.ephemeral, "\(title) is removed, and nobody asked for it")
            expect(!isUsed(ledger), "\(title) is removed for want of consumers, and has one")
            let end = ledger.lastUse + UInt64(configuration.ephemeralGrace)
            expect(now >= end, "\(title) is removed \(end - min(end, now)) ms too early")
        }
        ledger.isRemoved = true
        for (session, consumers) in kept {
            for (number, attachment) in consumers where attachment.subscription === ledger {
                kept[session]?[number] = nil
                // Of one that left in this very step the end may have been said to the connection that is gone.
                let isCertain = attachment.keptStep < step && peers[holders[session] ?? 0]?.isOpen != true
                farewells[session, default: [:]][number] = Farewell(
                    isCertain: isCertain, until: attachment.keptUntil)
            }
        }
    }

    func removed(topic id: UInt64) {
        guard let topic = topics[id] else { return }
        expect(isEndAsked(topic.name), "the topic \(topic.name) is removed, and nobody asked for it")
        expect(!living.contains { $0.topicID == id }, "the topic \(topic.name) is removed before its subscriptions")
        topics[id]?.isRemoved = true
        topicIDs[topic.name] = nil
    }

    // MARK: - What is said

    func hearNames(_ command: Command, _ request: Request, _ answer: Answer) {
        guard let durable = store?.durable else { return }
        if let title = command.endedTitle { endsAsked[title, default: 0] -= 1 }
        let isRefused = if case .refused = answer { true } else { false }
        switch command {
        case .deleteSubscription(let topic, let name):
            if isRefused {
                expect(request.ledger?.isMade != true || request.ledger?.isRemoved == true) {
                    "\(topic)/\(name) is there, and its deletion was refused: \(answer)"
                }
            } else {
                let ended = subscriptions.filter { $0.isRemoved && $0.topic == topic && $0.name == name }
                expect(!ended.isEmpty, "\(topic)/\(name) is deleted, they say, and never was")
                for ledger in ended { confirmEnd(of: ledger, durable) }
            }
        case .deleteTopic(let name):
            if isRefused {
                let topic = request.topicID.flatMap { topics[$0] }
                expect(topic?.isMade != true || topic?.isRemoved == true) {
                    "the topic \(name) is there, and its deletion was refused: \(answer)"
                }
            } else {
                for (id, topic) in topics where topic.isRemoved && topic.name == name {
                    expect(durable.topics[id] == nil && durable.log[id] == nil, "the topic \(name) is still stored")
                    topics[id]?.isEndConfirmed = true
                    for ledger in subscriptions where ledger.topicID == id { confirmEnd(of: ledger, durable) }
                }
            }
        case .createTopic(let name, _):
            if !isRefused, let id = topicID(name) { topics[id]?.isMade = true }
        case .createSubscription(let topic, let name, _, _):
            if !isRefused { ledger(topic, name)?.isMade = true }
        case .subscribe(let fields):
            guard isRefused else { return }
            expect(fields.from != nil || request.ledger?.isMade != true || request.ledger?.isRemoved == true) {
                "\(fields.topic)/\(fields.subscription) is there, and a SUB was refused: \(answer)"
            }
        default: break
        }
    }

    private func confirmEnd(of ledger: SubscriptionLedger, _ durable: MemoryStore.Contents) {
        guard !ledger.isEndConfirmed else { return }
        expect(durable.subscriptions[ledger.id] == nil, "\(ledger.title) is deleted, they say, and still stored")
        ledger.isEndConfirmed = true
        ended.append(ledger)
    }

    func hearGone(_ number: UInt64, on id: UInt64) {
        if let attachment = peers[id]?.attachments.removeValue(forKey: number) {
            expect(attachment.subscription.isRemoved || attachment.isLeaving) {
                "\(attachment.title) of \(attachment.subscription.title) was told that it is gone, and is not"
            }
            return end(attachment, isLoss: false)
        }
        if let session = session(of: id), let attachment = kept[session]?[number] {
            expect(attachment.subscription.isRemoved) {
                "\(session) came back for \(number) of \(attachment.subscription.title), and was told that it is gone"
            }
        }
        guard let session = session(of: id), farewells[session]?.removeValue(forKey: number) != nil else {
            return violate("\(id) was told that \(number) is gone, which it never had")
        }
    }

    /// All that was to be said at once has been said.
    func endTurn() {
        for ledger in ended {
            for peer in peers.values where peer.isOpen {
                for attachment in peer.attachments.values where attachment.subscription === ledger {
                    violate("\(ledger.title) is deleted, and \(attachment.title) was not told")
                }
            }
        }
        ended = []
        for session in welcomed {
            for (number, farewell) in farewells[session] ?? [:] where farewell.isCertain {
                expect(farewell.until <= clock.now.steady) {
                    "\(session) came back for \(number), which is gone, and was not told"
                }
            }
            farewells[session] = nil
        }
        welcomed = []
    }

    // MARK: - Starts

    /// All that was asked for at first is there.
    func confirmAll() {
        for id in topics.keys { topics[id]?.isMade = true }
        for ledger in subscriptions { ledger.isMade = true }
    }

    /// A start finds what is there for good; what was neither confirmed nor on disk has not been.
    func begin(_ contents: MemoryStore.Contents, at now: UInt64) {
        for (id, topic) in topics.sorted(by: { $0.key < $1.key }) {
            let isThere = contents.topics[id] != nil
            expect(!isThere || !topic.isEndConfirmed, "the topic \(topic.name) is back, whose deletion was confirmed")
            expect(isThere || !topic.isMade || topic.isRemoved, "the topic \(topic.name) is lost")
            if topic.isEndConfirmed { continue }
            topics[id]?.isMade = true
            topics[id]?.isRemoved = false
            topicIDs[topic.name] = isThere ? id : nil
            if !isThere { topics[id] = nil }
        }
        for ledger in subscriptions {
            let isThere = contents.subscriptions[ledger.id] != nil
            expect(!isThere || !ledger.isEndConfirmed, "\(ledger.title) is back, whose deletion was confirmed")
            expect(isThere || !ledger.isMade || ledger.isRemoved, "\(ledger.title) is lost")
            ledger.isMade = isThere
            ledger.isRemoved = !isThere
            ledger.lastUse = now
        }
        // The id of what was never on disk may be used again.
        subscriptions.removeAll { $0.isRemoved && !$0.isEndConfirmed }
        farewells = [:]
    }
}

extension Command {
    /// What a deletion ends.
    var endedTitle: String? {
        switch self {
        case .deleteTopic(let name): name
        case .deleteSubscription(let topic, let name): "\(topic)/\(name)"
        default: nil
        }
    }
}
