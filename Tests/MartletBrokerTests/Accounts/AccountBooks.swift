// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// All accounts of a broker, and the consumers that change them.
final class AccountBooks {
    var now: UInt64
    let topics: [AccountTopic]
    var consumers: [AccountConsumer] = []
    private var nextConsumer = 1
    /// How many expectations on processes were missed, and those that are open: by process and topic, when they end.
    var missed = 0
    var expectations: [String: UInt64] = [:]

    init(now: UInt64, topics: [AccountTopic]) {
        self.now = now
        self.topics = topics
    }

    var accounts: [(topic: AccountTopic, account: Account)] {
        topics.flatMap { topic in topic.accounts.map { (topic, $0) } }
    }

    /// What consumers hold, the oldest first.
    var leases: [(consumer: AccountConsumer, tag: UInt64)] {
        consumers.flatMap { consumer in consumer.held.keys.sorted().map { (consumer, $0) } }
    }

    func consumers(of account: Account) -> [AccountConsumer] { consumers.filter { $0.account === account } }

    func name(ofConsumer id: Int) -> String? { consumers.first { $0.id == id }?.name }

    /// Why what could be delivered is not, or nil when it has to be.
    func hindrance(of account: Account) -> String? {
        let consumers = consumers(of: account)
        if account.pausedUntil != nil { return "paused" }
        if consumers.isEmpty { return "no-consumer" }
        return consumers.contains { $0.hasRoom } ? nil : "no-window"
    }

    // MARK: - Consumers

    func attach(_ topic: AccountTopic, _ account: Account, window: Int) -> AccountConsumer {
        let consumer = AccountConsumer(
            id: nextConsumer, connection: 100 + UInt64(nextConsumer), topic: topic, account: account, window: window)
        nextConsumer += 1
        consumers.append(consumer)
        return consumer
    }

    /// A consumer ends: in order, or since its connection is lost.
    func detach(_ consumer: AccountConsumer, isLoss: Bool) {
        consumers.removeAll { $0 === consumer }
        let account = consumer.account
        for (tag, held) in consumer.held.sorted(by: { $0.key < $1.key }) where consumer.owns(tag) {
            if !isLoss {
                account.entries[held.offset]?.state = .unsettled
                account.entries[held.offset]?.hasComeBack = true
            } else if held.isTouched {
                account.fail(held.offset, by: consumer.name, at: now)
            } else {
                account.giveBack(held.offset, by: consumer.name, at: now)
            }
        }
    }

    // MARK: - Deliveries

    /// Takes the deliveries that were made at once.
    func take(_ handed: [Handed]) throws(AccountFault) {
        let byAccount = Dictionary(grouping: handed) { handed in
            consumers.first { $0.connection == handed.connection }?.account.path ?? ""
        }
        for path in byAccount.keys.sorted() {
            guard let (topic, account) = accounts.first(where: { $0.account.path == path }) else {
                throw AccountFault("\(byAccount[path] ?? []) is for a consumer that is not attached")
            }
            var left = byAccount[path] ?? []
            try inOrder(left)
            for handed in left {
                let offset = handed.got.offset
                if account.redriving.contains(offset) { account.redrive(offset) }
            }
            // What was dropped behind its delivery was taken back at once.
            left.removeAll { topic.justDropped.contains($0.got.offset) }
            while !left.isEmpty {
                switch account.first(of: Set(left.map(\.got.offset)), at: now) {
                case .failure(let fault): throw AccountFault("\(path): \(fault)")
                case .success(let offset):
                    guard let place = left.firstIndex(where: { $0.got.offset == offset }) else { return }
                    try deliver(left.remove(at: place), topic, account)
                }
            }
        }
    }

    /// Whether each consumer gets what was delivered to it at once in the order of the offsets, with new tags.
    private func inOrder(_ handed: [Handed]) throws(AccountFault) {
        for (connection, deliveries) in Dictionary(grouping: handed, by: \.connection) {
            let tags = deliveries.map(\.got.tag)
            if tags != tags.sorted() { throw AccountFault("connection \(connection) got the tags \(tags)") }
        }
    }

    private func deliver(_ handed: Handed, _ topic: AccountTopic, _ account: Account) throws(AccountFault) {
        let got = handed.got
        guard var entry = account.entries[got.offset] else { throw AccountFault("\(got) was never published") }
        let place = "\(account.path) \(got.offset)"
        if got.body != topic.message(at: got.offset).body { throw AccountFault("\(place) came as \(got.body)") }
        let attempts = entry.leastDeliveries + 1...entry.deliveries + 1
        guard attempts.contains(Int(got.attempt)) else {
            throw AccountFault("\(place) came as attempt \(got.attempt), not \(attempts)")
        }
        if Int(handed.failures) != entry.failures {
            throw AccountFault("\(place) came with \(handed.failures) failures, not \(entry.failures)")
        }
        if let answer = entry.answer, !answer.isEmpty, handed.note != answer {
            throw AccountFault("\(place) came with the note \(handed.note ?? "nil"), not '\(answer)'")
        }
        let consumer = try hold(handed, account)
        entry.deliveries = Int(got.attempt)
        entry.leastDeliveries = entry.deliveries
        entry.answer = nil
        entry.progress = nil
        entry.state = .leased(consumer: consumer.id, tag: got.tag)
        account.entries[got.offset] = entry
    }

    @discardableResult
    private func hold(_ handed: Handed, _ account: Account) throws(AccountFault) -> AccountConsumer {
        guard let consumer = consumers.first(where: { $0.connection == handed.connection }) else {
            throw AccountFault("\(handed) is for a consumer that is not attached")
        }
        consumer.held[handed.got.tag] = AccountConsumer.Held(
            offset: handed.got.offset, deadline: now + UInt64(account.settings.lease))
        if consumer.held.count > consumer.window {
            throw AccountFault("\(consumer.name) holds \(consumer.held.count), its window is \(consumer.window)")
        }
        return consumer
    }

    // MARK: - Ends of deliveries

    /// Ends a delivery; nothing becomes of a message that others have ended.
    func settle(_ consumer: AccountConsumer, _ tag: UInt64, _ request: Settle) {
        let isOwned = consumer.owns(tag)
        guard let held = consumer.held.removeValue(forKey: tag), isOwned else { return }
        let (account, offset) = (consumer.account, held.offset)
        let code = request.code.isEmpty ? nil : request.code
        let note = request.note.isEmpty ? nil : request.note
        switch request.verb {
        case .ack: account.finish(offset)
        case .nack:
            account.fail(offset, delay: request.delay, code: code, note: note, by: consumer.name, at: now)
        case .reject: account.fail(offset, code: code, note: note, by: consumer.name, isReject: true, at: now)
        case .release:
            guard let delay = request.delay, delay > 0 else {
                return account.giveBack(offset, by: consumer.name, at: now)
            }
            account.entries[offset]?.returns = 0
            account.postpone(offset, .exactly(delay), at: now)
        case .park:
            account.entries[offset]?.code = code
            account.entries[offset]?.note = note
            account.park(offset, by: consumer.name, at: now)
        }
    }

    /// Takes a message from the consumer that has it, if one has.
    func takeBack(_ account: Account, _ offset: UInt64) -> (consumer: AccountConsumer, tag: UInt64)? {
        guard case .leased(let id, let tag) = account.entries[offset]?.state,
            let consumer = consumers.first(where: { $0.id == id })
        else { return nil }
        consumer.held[tag] = nil
        return (consumer, tag)
    }

    /// Takes the messages that a drop has ended from the consumers that have them.
    func takeEnded(of topic: AccountTopic) -> [(consumer: AccountConsumer, tag: UInt64)] {
        topic.accounts.flatMap { account in
            consumers(of: account).flatMap { consumer in
                let ended = consumer.held.filter { tag, held in
                    held.offset < topic.first && account.entries[held.offset]?.state.isSettled == true
                }
                for tag in ended.keys { consumer.held[tag] = nil }
                return ended.keys.map { (consumer, $0) }
            }
        }
    }
}
