// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The rows that a start reads.
extension StoreVerifier {
    func checkMeta() {
        for name in snapshot.damagedMeta {
            add(.row, "meta", "'\(name)' cannot be read", meaning: "the broker does not start with this file")
        }
        if snapshot.applied.index > 0, snapshot.idKey == nil {
            add(
                .row, "meta", "'id-key' is missing",
                meaning: "the broker does not start: repeats would be taken for new messages")
        }
    }

    /// Compares the journal with what the file says of it.
    func checkJournal() {
        guard snapshot.schema >= Schema.journal else { return }
        guard let identity = snapshot.journal else {
            add(
                .row, "meta", "'journal' is missing",
                meaning: "the broker does not start: it cannot be told which journal belongs to the file")
            return
        }
        guard let journal else { return }
        let applied = snapshot.applied.index
        if let fault = journal.fault(of: identity, behind: applied) {
            add(
                .journal, "", fault.message,
                meaning: "the broker does not start: what was confirmed last may be missing from its data")
        }
        report.journal = journal.lacking(behind: applied)
    }

    func checkTopics() throws {
        var names: Set<String> = []
        try rows(.topics, meaning: "the broker does not start; the messages of the topic have no name") { key, value in
            guard key.count == 8 else { throw StoreError(.damaged, "a topic has a key of \(key.count) bytes") }
            let row = try StoredTopic(id: key.keyNumber(), value)
            self.topics[row.id] = TopicAccount(row: row, end: row.next)
            self.report.topics += 1
            if !names.insert(row.name).inserted {
                self.add(.index, "topics", topic: row.id, "two topics are named '\(row.name)'", meaning: Self.noStart)
            }
            if row.first < 1 || row.first > row.next || row.id % TopicID.ordinary >= self.snapshot.nextTopic {
                self.add(
                    .counter, "topics", topic: row.id,
                    "its messages are from \(row.first) to before \(row.next), and the next topic is "
                        + "\(self.snapshot.nextTopic)", meaning: Self.noStart)
            }
        }
    }

    static let noStart = "the broker does not start with this file"

    func checkSubscriptions() throws {
        var names: Set<[String]> = []
        try rows(.subscriptions, meaning: "the broker does not start; the position of the subscription is lost") {
            key, value in
            guard key.count == 8 else { throw StoreError(.damaged, "a subscription has a key of \(key.count) bytes") }
            let row = try StoredSubscription(id: key.keyNumber(), value)
            self.subscriptions[row.id] = row
            if !row.name.isEmpty { self.report.subscriptions += 1 }
            for earlier in row.earlier where earlier.position != 0 {
                self.positions[earlier.position] = PositionAccount(
                    subscription: row.id, topic: row.topic, isCurrent: false, floor: earlier.floor)
            }
            self.positions[row.position] = PositionAccount(
                subscription: row.id, topic: row.topic, isCurrent: true, floor: row.floor)
            guard self.topics[row.topic] != nil else {
                self.add(
                    .stray, "subscriptions", position: row.position, "subscription '\(row.name)' belongs to no topic",
                    meaning: Self.noStart)
                return
            }
            if !row.name.isEmpty, !names.insert(["\(row.topic)", row.name]).inserted {
                self.add(
                    .index, "subscriptions", position: row.position,
                    "two subscriptions of a topic are named "
                        + "'\(row.name)'", meaning: Self.noStart)
            }
            if row.id >= self.snapshot.nextSubscription || row.position >= self.snapshot.nextSubscription {
                self.add(
                    .counter, "subscriptions", position: row.position,
                    "subscription '\(row.name)' has an id that was never given out", meaning: Self.noStart)
            }
        }
    }

    /// Holds what the subscriptions' rows count against what is there.
    func checkCounters() {
        for row in subscriptions.values.sorted(by: { $0.id < $1.id }) {
            guard let account = positions[row.position], let topic = topics[row.topic] else { continue }
            if row.floor >= max(topic.end, row.start, row.earlier.last?.end ?? 0) {
                add(
                    .counter, "subscriptions", position: row.position,
                    "'\(row.name)' has settled up to \(row.floor), and its topic ends before \(topic.end)",
                    meaning: Self.noStart)
            }
            guard !account.isDamaged else { continue }
            if row.settledAbove > 0 {
                compare(
                    row, "settled messages above its floor", row.settledAbove, account.settledAbove,
                    meaning: "the broker does not start: acks are lost, and messages would come again")
            }
            let returned = "returned messages are counted wrongly; each is delivered when its time comes"
            compare(row, "returned messages", row.deferredRows, account.deferred, meaning: returned)
            compare(row, "messages that wait for a person", row.parked, account.parked, meaning: returned)
            compare(row, "redriven messages", row.reopened, account.reopened, meaning: returned)
            compare(
                row, "rows of losses", row.losses, account.losses,
                meaning: "WHY may not know of messages that were lost or purged")
        }
    }

    private func compare(
        _ row: StoredSubscription, _ what: String, _ counted: UInt64, _ found: UInt64, meaning: String
    ) {
        guard counted != found else { return }
        add(
            .counter, "subscriptions", position: row.position,
            "'\(row.name)' counts \(counted) \(what), and there are \(found)", meaning: meaning)
    }
}
