// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

// What a broker says of a message when it starts, and at the end, never contradicts what was confirmed.
extension Promises {
    /// Asks about every message whose publish was confirmed, for every subscription of its topic.
    func auditVerdicts(of broker: Broker, _ contents: MemoryStore.Contents) throws {
        // ORDER: the first of several violations is as good as another; which is told must follow from the seed.
        for publication in publications.values.sorted(by: { $0.body < $1.body }) {
            guard publication.confirmed != nil, let offset = publication.offset, let id = publication.topicID,
                topics[id]?.isRemoved == false, let row = contents.topics[id]
            else { continue }
            for ledger in living where ledger.topicID == id && contents.subscriptions[ledger.id] != nil {
                let found = try broker.explain(.offset(offset), topic: row.name, subscription: ledger.name)
                expect(found.count == 1, "\(ledger.title) \(offset) has \(found.count) explanations")
                guard let verdict = found.first?.verdict else { continue }
                let message = ledger.messages[offset] ?? SubscriptionLedger.Message()
                expect(allows(verdict, offset, message, ledger, isKept: offset >= row.first)) {
                    "\(ledger.title): \(offset) was confirmed as \(publication.body), is said to be \(verdict) "
                        + "and is \(message)"
                }
            }
        }
    }

    /// Whether a verdict goes with what is known of a message.
    private func allows(
        _ verdict: Verdict, _ offset: UInt64, _ message: SubscriptionLedger.Message, _ ledger: SubscriptionLedger,
        isKept: Bool
    ) -> Bool {
        let mayBeAcked = message.isAcked || message.possibleAcks > 0
        let mayBeDead = message.isRejected || message.failures >= UInt64(ledger.settings.maxFailures)
        let isPurged = offset < topics[ledger.topicID]?.purgedBelow ?? 0
        if message.isAcked { return verdict == .handled }
        switch verdict {
        // How it died is forgotten when it leaves the log.
        case .handled: return mayBeAcked || !isKept && mayBeDead
        case .dead: return mayBeDead
        case .leased, .waiting, .deferred: return isKept
        case .beforeStart: return offset < ledger.start
        // What is kept is for those who stay.
        case .lostToRetention: return isPurged || ledger.settings.ephemeral
        // Nothing of the kind is done here.
        case .blocked, .parked, .filtered, .scheduled, .expired, .notFound: return false
        }
    }
}
