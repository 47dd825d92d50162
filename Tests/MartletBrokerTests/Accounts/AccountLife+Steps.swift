// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// The steps of a life.
extension AccountLife {
    /// Takes one step, or none when there is nothing for it.
    func take(_ step: AccountStep) throws {
        switch step {
        case .publish(let topic, let key, let kind, let ttl):
            try publish(topic, key, kind, ttl: ttl, schedule: nil)
        case .schedule(let topic, let key, let kind, let ttl, let delay, let isAbsolute):
            let at = books.now + UInt64(delay)
            try publish(topic, key, kind, ttl: ttl, schedule: isAbsolute ? .at(at) : .delay(delay))
        case .pass(let time):
            note("pass \(time)")
            try pass(time)
        case .restart(let time): try restart(after: time)
        case .subscribe, .window, .unsubscribe, .disconnect, .settle, .touch: try takeConsumers(step)
        case .transact(let lease, let verb, let topic, let key, let isLost):
            guard let (consumer, tag) = pick(books.leases, lease) else { return }
            try transact(consumer, tag, verb, books.topics[topic % books.topics.count], key, isLost: isLost)
        case .cancel, .reschedule, .expect, .unexpect: try takeLater(step)
        default: try takeAccounts(step)
        }
        try observe()
    }

    func pick<Element>(_ elements: [Element], _ choice: Int) -> Element? {
        elements.isEmpty ? nil : elements[choice % elements.count]
    }

    func account(_ choice: Int) -> (topic: AccountTopic, account: Account) {
        let accounts = books.accounts
        return accounts[choice % accounts.count]
    }

    // MARK: - Publishers

    private func publish(_ choice: Int, _ key: Int, _ kind: Int, ttl: Int?, schedule: Schedule?) throws {
        let index = choice % books.topics.count
        let topic = books.topics[index]
        var (message, request) = makeMessage(key, kind, ttl: setup.topics[index].drops ? nil : ttl, for: topic)
        request.schedule = schedule
        switch schedule {
        case .delay(let delay): message.due += UInt64(delay)
        case .at(let time): message.due = time
        case nil: break
        }
        note("publish \(message.body) key='\(message.key)' kind=\(kind) to \(topic.name)")
        if let ttl = message.ttl { note("ttl=\(ttl)") }
        if let schedule { note("\(schedule)") }
        if message.due > books.now {
            topic.scheduled.append(message)
            return try say(.publish(request), "OK 0 due=\(message.due)")
        }
        books.arrive(message, in: topic)
        let offset = topic.next - 1
        let isSeen = topic.accounts.contains { $0.entries[offset]?.state == .unsettled }
        let mayBeUnseen = !topic.accounts.contains { $0.passes(message) }
        var answers = ["OK \(offset)"]
        if !isSeen { answers = mayBeUnseen ? ["OK \(offset) subs=0"] : ["OK \(offset)", "OK \(offset) subs=0"] }
        if schedule != nil || message.ttl != nil {
            try harness.send(Self.person, .publish(request))
        } else {
            try harness.send(Self.person) { commands in commands.publish(request) }
        }
        try heard(on: Self.person, answers)
    }

    /// The next message, as the books and the broker have it.
    func makeMessage(
        _ key: Int, _ kind: Int, ttl: Int?, for topic: AccountTopic
    ) -> (AccountTopic.Message, TimedPublish) {
        let message = AccountTopic.Message(
            body: "m\(nextMessage)", key: ["", "k1", "k2", "x1"][key], kind: "\(kind)", process: "p\(key)",
            ttl: ttl, due: books.now, number: nextMessage)
        nextMessage += 1
        var request = TimedPublish(topic: topic.name, ttl: message.ttl)
        (request.id, request.body) = (Array(message.id.utf8), Array(message.body.utf8))
        (request.key, request.process) = (Array(message.key.utf8), Array(message.process.utf8))
        request.headers = Array("kind: \(kind)\n".utf8)
        return (message, request)
    }

    private func restart(after time: Int) throws {
        note("restart after \(time)")
        // Who holds nothing hears nothing while the broker is away.
        books.restart()
        books.pass(to: books.now + UInt64(time))
        try harness.restart(after: UInt64(time))
        try harness.connect(Self.person)
        _ = harness.heardByAll()
    }

    // MARK: - Consumers

    private func takeConsumers(_ step: AccountStep) throws {
        switch step {
        case .subscribe(let choice, let window):
            guard books.consumers.count < 4 else { return }
            let (topic, account) = account(choice)
            try subscribe(topic, account, window: window)
        case .window(let choice, let window):
            guard let consumer = pick(books.consumers, choice) else { return }
            note("\(consumer.name) window \(window)")
            consumer.window = window
            try say(.window(consumer: 1, window: window), as: consumer.connection)
        case .unsubscribe(let choice):
            guard let consumer = pick(books.consumers, choice) else { return }
            note("\(consumer.name) leaves")
            books.detach(consumer, isLoss: false)
            try say(.unsubscribe(consumer: 1), as: consumer.connection)
        case .disconnect(let choice):
            guard let consumer = pick(books.consumers, choice) else { return }
            note("\(consumer.name) is lost")
            books.detach(consumer, isLoss: true)
            try harness.disconnect(consumer.connection)
        case .settle(let verb, let choice, let delay, let hasCode):
            guard let (consumer, tag) = pick(books.leases, choice) else { return }
            try settle(consumer, tag, verb, delay: delay, hasCode: hasCode)
        case .touch(let choice, let extend):
            guard let (consumer, tag) = pick(books.leases, choice) else { return }
            try touch(consumer, tag, extend: extend)
        default: preconditionFailure("it is another's step")
        }
    }

    func subscribe(_ topic: AccountTopic, _ account: Account, window: Int) throws {
        let consumer = books.attach(topic, account, window: window)
        note("\(consumer.name) subscribes to \(account.path) window=\(window)")
        try harness.connect(consumer.connection)
        try harness.send(consumer.connection, .sub(1, topic.name, account.name, window: window, from: nil))
        try heard(on: consumer.connection, ["OK"])
    }

    func settle(
        _ consumer: AccountConsumer, _ tag: UInt64, _ verb: Settle.Verb, delay: Int? = nil, hasCode: Bool = false
    ) throws {
        let offset = consumer.held[tag]?.offset ?? 0
        var request = Settle(verb: verb, consumer: 1, tags: [tag...tag], delay: delay)
        if hasCode, verb == .nack || verb == .reject || verb == .park {
            (request.code, request.note) = ("E\(offset)", "note of \(offset)")
        }
        note("\(verb.rawValue) \(consumer.account.path) \(offset) \(request.code)")
        if let delay { note("delay=\(delay)") }
        books.settle(consumer, tag, request)
        if verb == .ack {
            try harness.send(consumer.connection) { $0.ack(consumer: 1, first: tag, last: tag) }
        } else {
            try harness.send(consumer.connection, .settle(request))
        }
        try heard(on: consumer.connection, ["OK 1"])
    }

    private func touch(_ consumer: AccountConsumer, _ tag: UInt64, extend: Int?) throws {
        guard var held = consumer.held[tag] else { return }
        note("TOUCH \(consumer.account.path) \(held.offset) for=\(extend.map(String.init) ?? "none")")
        held.deadline = books.now + UInt64(extend ?? consumer.account.settings.lease)
        held.isTouched = true
        consumer.held[tag] = held
        if consumer.owns(tag) { consumer.account.entries[held.offset]?.progress = (40, "calling") }
        let request = Touch(consumer: 1, tags: [tag...tag], extend: extend, progress: 40, note: "calling")
        try say(.touch(request), as: consumer.connection, "OK 1 until=\(held.deadline)")
    }
}

extension CommandGatherer {
    /// Adds a plain publish.
    mutating func publish(_ request: TimedPublish) {
        let topic = Array(request.topic.utf8)
        topic.withUnsafeBytes { topic in
            request.withFields { publish(topic: topic, $0, idKey: MemoryStore.idKey) }
        }
    }
}
