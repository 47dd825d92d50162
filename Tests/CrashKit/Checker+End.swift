// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What can be said when everything is settled.
extension Checker {
    mutating func end() {
        for (identity, publish) in publishes { judge(identity, publish) }
        for subscription in setting.subscriptions {
            for (identity, progress) in progress[subscription] ?? [:] { judgeDeath(identity, progress, subscription) }
        }
        for (topic, origin) in origins { judgeDeadLetters(topic, origin) }
        for (topic, places) in places where origins[topic] == nil { judgeOrder(topic, places) }
        judgeCounts()
        findings.sort { ($0.verdict.rawValue, $0.text) < ($1.verdict.rawValue, $1.text) }
    }

    private mutating func judge(_ identity: MessageIdentity, _ publish: Publish) {
        if publish.confirmed == nil, !publish.hasAppeared { return }
        if publish.confirmed == nil, !publish.isRefused { recovered.append(identity) }
        for subscription in setting.subscriptions where subscription.topic == publish.topic {
            let what = publish.confirmed.map { "\(identity), confirmed at offset \($0)," } ?? "\(identity)"
            guard let progress = progress[subscription]?[identity] else {
                find(.lost, "\(what) was never delivered to \(subscription)")
                continue
            }
            if let offset = publish.confirmed, progress.last.offset != offset {
                find(.unexpected, "\(what) came to \(subscription) with offset \(progress.last.offset)")
            }
            if !progress.isGivenUp, progress.failures < setting.maxFailures {
                find(.lost, "\(what) was delivered to \(subscription), not settled, and not delivered again")
            }
        }
    }

    /// A confirmed death leaves a dead letter.
    private mutating func judgeDeath(_ identity: MessageIdentity, _ progress: Progress, _ origin: SubscriptionName) {
        let isDead = progress.isRejected || progress.confirmedFailures >= setting.maxFailures
        guard isDead, !letters(of: origin).contains(identity) else { return }
        find(.lost, "\(identity) died on \(origin) and has no dead letter")
    }

    /// A dead letter has a cause and is all that is left of the message.
    private mutating func judgeDeadLetters(_ topic: String, _ origin: SubscriptionName) {
        let found = places[topic] ?? [:]
        var copies: [MessageIdentity: Int] = [:]
        for identity in found.values { copies[identity, default: 0] += 1 }
        for (identity, count) in copies where count > 1 {
            find(.duplicated, "\(identity) has \(count) dead letters of \(origin)")
        }
        for identity in letters(of: origin) {
            guard let progress = progress[origin]?[identity] else {
                find(.unexpected, "\(identity) is a dead letter of \(origin) and was never delivered to it")
                continue
            }
            if progress.answer != .reject, progress.answer != .nack {
                find(
                    progress.isGivenUp || progress.failures > 0 ? .resurrected : .unexpected,
                    "\(identity) was last delivered to \(origin) without failing, and has a dead letter")
            } else if progress.answer == .nack, progress.failures < setting.maxFailures {
                find(.unexpected, "\(identity) is a dead letter of \(origin) after \(progress.failures) failures")
            }
        }
        if let count = countedDead[origin], count != found.count {
            find(.miscounted, "\(origin) has \(found.count) dead letters, and INFO says \(count)")
        }
    }

    private func letters(of origin: SubscriptionName) -> Set<MessageIdentity> {
        Set((places[origin.deadLetters] ?? [:]).values)
    }

    /// The messages of one publisher stand in the order in which they were sent.
    private mutating func judgeOrder(_ topic: String, _ places: [Int: MessageIdentity]) {
        var last: [Int: Int] = [:]
        for (offset, identity) in places.sorted(by: { $0.key < $1.key }) {
            if let before = last[identity.publisher], identity.sequence <= before {
                find(.reordered, "\(identity) stands at offset \(offset) of \(topic), behind \(before)")
            }
            last[identity.publisher] = identity.sequence
        }
    }

    private mutating func judgeCounts() {
        for (topic, counted) in counted {
            let found = places[topic] ?? [:]
            let next = (found.keys.max() ?? 0) + 1
            if found.count != counted.messages || next != counted.next {
                find(
                    .miscounted,
                    "\(topic) has \(found.count) messages up to \(next - 1), and INFO says "
                        + "\(counted.messages) up to \(counted.next - 1)")
            }
        }
    }
}
