// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// A life of a broker of which, after every step, every message is accounted for.
///
/// Each step is told to the books and to the broker; then the books take what was delivered, and the broker is asked
/// about every message of every subscription.
final class AccountLife {
    let harness: BrokerHarness
    let books: AccountBooks
    let setup: AccountSetup
    /// What was done, in words.
    private(set) var diary: [String] = []
    var nextMessage = 1
    /// The connection that publishes and decides.
    static let person: UInt64 = 1
    private static let patience = 3

    init(_ setup: AccountSetup) throws {
        self.setup = setup
        var configuration = BrokerConfiguration()
        configuration.patience = Self.patience
        harness = try BrokerHarness(configuration)
        books = AccountBooks(
            now: harness.now.wall,
            topics: setup.topics.map { AccountTopic($0.name, $0.options.settings(over: TopicSettings())) })
        try harness.connect(Self.person)
        for (index, topic) in setup.topics.enumerated() {
            try say(.createTopic(name: topic.name, options: topic.options))
            for subscription in topic.subscriptions {
                try open(books.topics[index], subscription.name, subscription.options, .earliest)
            }
        }
    }

    /// Lives through some steps and to the end of all messages; what went wrong, if anything.
    static func fault(_ setup: AccountSetup, _ steps: [AccountStep]) -> (fault: AccountFault, diary: [String])? {
        var life: AccountLife?
        do {
            let made = try AccountLife(setup)
            life = made
            for step in steps {
                made.diary.append("")
                try made.take(step)
                try made.compare()
            }
            made.diary.append("")
            try made.end()
            return nil
        } catch {
            let fault = error as? AccountFault ?? AccountFault("the broker failed: \(error)")
            return (fault, life?.diary.filter { !$0.isEmpty } ?? [])
        }
    }

    /// Writes what is done in the step at hand.
    func note(_ words: String) {
        let before = diary.last ?? ""
        let line = before.isEmpty ? words : before + "; " + words
        if diary.isEmpty { diary.append(line) } else { diary[diary.count - 1] = line }
    }

    // MARK: - The broker

    /// Gives the broker a command of a connection; it has to answer in one of these ways.
    func say(_ command: Command, as connection: UInt64 = person, _ answers: String...) throws {
        try harness.send(connection, command)
        try heard(on: connection, answers.isEmpty ? ["OK"] : answers)
    }

    func heard(on connection: UInt64, _ answers: [String]) throws {
        let heard = harness.heard(connection).filter { !$0.hasPrefix("LOST ") && !$0.hasPrefix("GONE ") }
        guard heard.count == 1, answers.contains(heard[0]) else {
            throw AccountFault("the answer was \(heard), not \(answers.joined(separator: " or "))")
        }
    }

    func open(
        _ topic: AccountTopic, _ name: String, _ options: SubscriptionOptions, _ start: Start
    ) throws {
        let settings = options.settings(over: SubscriptionSettings())
        topic.open(name, settings, start, patience: Self.patience)
        try say(.createSubscription(topic: topic.name, name: name, from: start, options: options))
    }

    // MARK: - Time

    /// Lets time pass, with a look at every moment at which something is to happen.
    func pass(_ milliseconds: Int) throws {
        let end = books.now + UInt64(milliseconds)
        while true {
            let next = min(books.nextEvent ?? end, end)
            books.pass(to: next)
            try harness.pass(next - harness.now.wall)
            try observe()
            guard next < end else { return }
            try compare()
        }
    }

    // MARK: - What follows from a step

    /// Takes what became visible, what was dropped, and what was delivered.
    func observe() throws {
        for topic in books.topics {
            try takeVisible(topic)
            try takeDropped(topic)
        }
        books.miss()
        try books.take(harness.gotByAll())
        for topic in books.topics { topic.justDropped = 0..<0 }
    }

    private func takeVisible(_ topic: AccountTopic) throws {
        var due = books.fallDue(in: topic)
        guard !due.isEmpty else { return }
        let peek = Command.peek(topic: topic.name, offset: topic.next, limit: 1_000)
        guard case .messages(let messages)? = try harness.ask([peek]).first else {
            throw AccountFault("\(topic.name) cannot be looked at")
        }
        for message in messages.elements {
            let body = message.fields.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
            guard let place = due.firstIndex(where: { $0.body == body }) else {
                throw AccountFault("\(topic.name) has '\(body)', which is not due")
            }
            // Those that are due at once may come in any order.
            if due[place].due != due[0].due { throw AccountFault("\(body) became visible before \(due[0].body)") }
            if message.time != books.now {
                throw AccountFault("\(body) has the time \(message.time), not \(books.now)")
            }
            books.arrive(due.remove(at: place), in: topic)
        }
        if let first = due.first { throw AccountFault("\(first.body) is due and not visible in \(topic.name)") }
    }

    private func takeDropped(_ topic: AccountTopic) throws {
        guard case .topic(let info)? = try harness.ask([.info(.topic(topic.name))]).first else {
            throw AccountFault("\(topic.name) is not there")
        }
        if info.next != topic.next { throw AccountFault("\(topic.name) goes on at \(info.next), not \(topic.next)") }
        guard info.first != topic.first else { return }
        guard info.first > topic.first, topic.mayDrop(below: info.first, at: books.now) else {
            throw AccountFault("\(topic.name) begins at \(info.first), not \(topic.first)")
        }
        topic.justDropped = topic.first..<info.first
        for account in topic.accounts where topic.settings.retention != .limits {
            for entry in account.unsettled where entry.offset < info.first {
                account.expire(entry.offset, at: books.now)
            }
        }
        topic.drop(below: info.first, isPurge: false, at: books.now)
        _ = books.takeEnded(of: topic)
    }

    // MARK: - Every message is accounted for

    /// Compares what the broker says of every message with the books.
    func compare() throws {
        for (topic, account) in books.accounts {
            let all = try (0...topic.next + 1).map { try explanation(of: $0, topic, account) }
            for explanation in all { books.follow(explanation, topic, account) }
            for explanation in all {
                guard let objection = books.objection(to: explanation, topic, account) else { continue }
                throw AccountFault("\(account.path) \(explanation.offset) \(objection)")
            }
            try checkCounts(account)
        }
        for topic in books.topics {
            for message in topic.scheduled { try check(message, .scheduled, in: topic) }
            for id in topic.cancelled { try check(id, .notFound, in: topic) }
        }
    }

    private func explanation(of offset: UInt64, _ topic: AccountTopic, _ account: Account) throws -> Explanation {
        let found = try harness.broker.explain(.offset(offset), topic: topic.name, subscription: account.name)
        guard found.count == 1, found[0].offset == offset else {
            throw AccountFault("\(account.path) \(offset) has \(found.count) explanations")
        }
        return found[0]
    }

    private func check(_ message: AccountTopic.Message, _ verdict: Verdict, in topic: AccountTopic) throws {
        let found = try check(message.id, verdict, in: topic)
        for explanation in found where explanation.evidence.due != message.due {
            throw AccountFault("\(message.id) is due at \(explanation.evidence.due ?? 0), not \(message.due)")
        }
    }

    @discardableResult
    private func check(_ id: String, _ verdict: Verdict, in topic: AccountTopic) throws -> [Explanation] {
        let found = try harness.broker.explain(.id(Array(id.utf8)), topic: topic.name, subscription: nil)
        guard !found.isEmpty, found.allSatisfy({ $0.verdict == verdict }) else {
            throw AccountFault("\(id) is \(found.map(\.verdict.rawValue)), not \(verdict.rawValue)")
        }
        return found
    }

    /// What is counted is what there is.
    ///
    /// What is over but not recorded yet, and what the filter does not pass and was not looked at yet, may be counted.
    private func checkCounts(_ account: Account) throws {
        let info = try harness.info(account.topic, account.name)
        if info.paused != (account.pausedUntil != nil) { throw AccountFault("\(account.path) paused: \(info.paused)") }
        let overdue = account.unsettled.count { $0.isOverdue(at: books.now) }
        let filtered = account.inOrder.count { $0.state == .filtered }
        let least = account.unsettled.count - overdue
        let backlogs = least...least + overdue + filtered + account.redriving.count
        let parked = account.unsettled.count { if case .parked = $0.state { true } else { false } }
        if !backlogs.contains(Int(info.backlog)) {
            throw AccountFault("\(account.path) has a backlog of \(info.backlog), not of \(backlogs)")
        }
        if info.parked != UInt64(parked) {
            throw AccountFault("\(account.path) has \(info.parked) parked, not \(parked)")
        }
    }
}
