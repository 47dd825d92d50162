// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Persons change how a subscription goes on, and clients what is to come.
extension AccountLife {
    func takeAccounts(_ step: AccountStep) throws {
        switch step {
        case .resolve(let choice, let message, let decision):
            let (_, account) = account(choice)
            try resolve(account, message, decision)
        case .pause(let choice, let duration):
            let (_, account) = account(choice)
            note("PAUSE \(account.path) for=\(duration.map(String.init) ?? "ever")")
            account.pausedUntil = duration.map { books.now + UInt64($0) } ?? .max
            try say(.pause(topic: account.topic, name: account.name, duration: duration))
        case .resume(let choice):
            let (_, account) = account(choice)
            note("RESUME \(account.path)")
            account.pausedUntil = nil
            try say(.resume(topic: account.topic, name: account.name))
        case .seek(let choice, let position):
            let (topic, account) = account(choice)
            try seek(topic, account, start(position, topic))
        case .purge(let choice, let before):
            let topic = books.topics[choice % books.topics.count]
            try purge(topic, before: before.map { UInt64($0) % (topic.next + 1) })
        case .create(let choice, let position):
            let topic = books.topics[choice % books.topics.count]
            guard topic.accounts.allSatisfy({ $0.name != "late" }), topic.settings.retention != .work else { return }
            let start = start(position, topic)
            note("CREATE \(topic.name)/late from \(start)")
            var options = SubscriptionOptions()
            (options.lease, options.backoff) = (3_000, [1_000])
            try open(topic, "late", options, start)
        case .alter(let choice, let number):
            let (_, account) = account(choice)
            try alter(account, number)
        case .redrive(let choice, let limit):
            let (_, account) = account(choice)
            try redrive(account, limit: limit)
        default: preconditionFailure("it is another's step")
        }
    }

    private func start(_ position: AccountPosition, _ topic: AccountTopic) -> Start {
        switch position {
        case .earliest: .earliest
        case .new: .new
        case .offset(let number): .offset(UInt64(number) % (topic.next + 2) + 1)
        case .ago(let time): .time(books.now - UInt64(time))
        }
    }

    /// Tells those who lost a delivery by another's doing that they did.
    private func checkLost(_ lost: [(consumer: AccountConsumer, tag: UInt64)], _ reason: String) throws {
        for (connection, taken) in Dictionary(grouping: lost, by: \.consumer.connection) {
            let tags = taken.map { String($0.tag) }.sorted { UInt64($0) ?? 0 < UInt64($1) ?? 0 }
            let expected = "LOST 1 \(tags.joined(separator: ",")) \(reason)"
            let heard = harness.heard(connection).filter { $0.hasSuffix(" \(reason)") }
            if heard != [expected] { throw AccountFault("connection \(connection) heard \(heard), not \(expected)") }
        }
    }

    private func resolve(_ account: Account, _ choice: Int, _ decision: Resolve.Decision) throws {
        // Mostly what waits for a person; whether what is over now is recorded yet is the broker's to say.
        let parked = account.unsettled.filter { if case .parked = $0.state { true } else { false } }
        let others = account.inOrder.filter { !$0.isOverdue(at: books.now) && !account.redriving.contains($0.offset) }
        guard let entry = pick(parked + others, choice) else { return }
        let (offset, text) = (entry.offset, "said of \(entry.offset)")
        note("RESOLVE \(account.path) \(offset) \(decision.rawValue)")
        let request = Resolve(
            topic: account.topic, subscription: account.name, offset: offset, decision: decision, note: text)
        if entry.state.isSettled { return try say(.resolve(request), "ERR unknown-message") }
        let lost = books.takeBack(account, offset)
        switch decision {
        case .ack: account.finish(offset, byPerson: true, note: text)
        case .retry: account.retry(offset, saying: text)
        case .reject: account.bury(offset, "rejected", at: books.now)
        }
        try say(.resolve(request))
        try checkLost(lost.map { [$0] } ?? [], "resolved")
    }

    private func seek(_ topic: AccountTopic, _ account: Account, _ start: Start) throws {
        note("SEEK \(account.path) \(start)")
        let lost = books.consumers(of: account).flatMap { consumer in consumer.held.keys.map { (consumer, $0) } }
        for consumer in books.consumers(of: account) { consumer.held = [:] }
        account.seek(to: topic.place(start), kept: topic.first, at: books.now) { topic.message(at: $0) }
        try say(.seek(topic: topic.name, name: account.name, to: start))
        try checkLost(lost, "seek")
    }

    private func purge(_ topic: AccountTopic, before offset: UInt64?) throws {
        note("PURGE \(topic.name) before=\(offset.map(String.init) ?? "none")")
        if offset == nil {
            topic.cancelled += topic.scheduled.map(\.id)
            topic.scheduled = []
        }
        topic.drop(below: offset ?? topic.next, isPurge: true, at: books.now)
        let lost = books.takeEnded(of: topic)
        try say(.purge(topic: topic.name, before: offset))
        try checkLost(lost, "purged")
    }

    private func alter(_ account: Account, _ number: Int) throws {
        var random = SeededRandom(seed: UInt64(number))
        var options = SubscriptionOptions()
        options.backoff = AccountSetup.backoff(using: &random)
        options.lease = Int.random(in: 2...5, using: &random) * 1_000
        if account.settings.maxFailures < 1_000 { options.maxFailures = Int.random(in: 1...5, using: &random) }
        note("ALTER \(account.path) backoff=\(options.backoff ?? []) lease=\(options.lease ?? 0)")
        note("max-failures=\(options.maxFailures ?? 0)")
        account.earlierBackoffs.append(account.settings.backoff)
        account.settings = options.settings(over: account.settings)
        try say(.alterSubscription(topic: account.topic, name: account.name, options: options))
    }

    private func redrive(_ account: Account, limit: Int?) throws {
        guard account.redriving.isEmpty else { return }
        let deaths = account.inOrder.compactMap { entry -> (at: UInt64, offset: UInt64)? in
            guard entry.canBeRedriven, case .dead(_, let at) = entry.state else { return nil }
            return (at, entry.offset)
        }.sorted { ($0.at, $0.offset) < ($1.at, $1.offset) }
        // Of those that died at once any may be the first.
        let meant = deaths.prefix(limit ?? .max)
        if let last = meant.last, meant.count < deaths.count, deaths[meant.count].at == last.at { return }
        note("REDRIVE \(account.path) limit=\(limit.map(String.init) ?? "none") meaning \(meant.map(\.offset))")
        var request = Redrive(topic: account.topic, subscription: account.name)
        request.limit = limit.map(UInt64.init)
        account.redriving = Set(meant.map(\.offset))
        account.redrivenUntil = books.now + UInt64(meant.count) * 10 + 1_100
        try say(.redrive(request), "OK \(meant.count)")
        try observe()
        try compare()
        try pass(meant.count * 10 + 1_100)
        if let left = account.redriving.min() { throw AccountFault("\(account.path) \(left) was not given back") }
    }

    // MARK: - What is to come

    func takeLater(_ step: AccountStep) throws {
        let scheduled = books.topics.flatMap { topic in topic.scheduled.map { (topic, $0) } }
        switch step {
        case .cancel(let choice):
            guard let (topic, message) = pick(scheduled, choice) else { return }
            note("CANCEL \(topic.name) \(message.id)")
            topic.scheduled.removeAll { $0.id == message.id }
            topic.cancelled.append(message.id)
            try say(.cancel(topic: topic.name, id: Array(message.id.utf8)))
        case .reschedule(let choice, let delay):
            guard let (topic, message) = pick(scheduled, choice),
                let place = topic.scheduled.firstIndex(where: { $0.id == message.id })
            else { return }
            let due = books.now + UInt64(max(1, delay))
            note("RESCHEDULE \(topic.name) \(message.id) to \(due)")
            topic.scheduled[place].due = due
            try say(.reschedule(topic: topic.name, id: Array(message.id.utf8), to: .at(due)), "OK 0 due=\(due)")
        case .expect(let process, let choice, let within):
            let topic = books.topics[choice % books.topics.count]
            note("EXPECT p\(process) \(topic.name) \(within)")
            books.expectations["p\(process) \(topic.name)"] = books.now + UInt64(within)
            try say(.expect(Expect(process: Array("p\(process)".utf8), topic: topic.name, within: within)))
        case .unexpect(let process, let choice):
            let topic = books.topics[choice % books.topics.count]
            note("UNEXPECT p\(process) \(topic.name)")
            let isOpen = books.expectations.removeValue(forKey: "p\(process) \(topic.name)") != nil
            let command = Command.unexpect(process: Array("p\(process)".utf8), topic: topic.name, id: [])
            try isOpen ? say(command, "OK", "OK 1") : say(command, "OK 0")
        default: preconditionFailure("it is another's step")
        }
    }
}
