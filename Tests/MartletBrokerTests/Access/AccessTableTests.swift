// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// Every form of command, in every state of a connection, with every set of rights.
struct AccessTableTests {
    /// What a connection has said before.
    enum State: CaseIterable {
        case idle, subscribed, inTransaction, inFailedTransaction
    }

    /// What a command is about.
    enum Target: String, CaseIterable {
        case known = "orders"
        case missing
        case deadLetters = "$dead.orders.billing"
        case missingDeadLetters = "$dead.missing.billing"

        /// The topic on which the rights are given that count.
        var granted: String { self == .known || self == .deadLetters ? "orders" : "missing" }
    }

    private static let grantable: [Right] = [.publish, .consume, .manage]

    /// All sets of rights that a user who is no admin can have on one topic.
    private static var sets: [Set<Right>] {
        (0..<8).map { bits in Set(grantable.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element)) }
    }

    /// Some rights on a topic, and that to consume another, which a state may need.
    private func access(_ rights: Set<Right>, on name: String) throws -> Access {
        let (pattern, mine) = try (#require(NamePattern(name)), #require(NamePattern("mine")))
        func given(_ right: Right) -> [NamePattern] { rights.contains(right) ? [pattern] : [] }
        return Access(user: "u", publish: given(.publish), consume: given(.consume) + [mine], manage: given(.manage))
    }

    /// A broker with a topic, a message in it, and one among the dead letters.
    private func harness() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(9)
        try harness.send(9, .sub())
        try harness.publish(9, "orders", "dies")
        try harness.send(9, .settle(.reject, 1...1), .unsubscribe(consumer: 1))
        try harness.publish(9, "orders", "lives")
        return harness
    }

    private func prepare(_ harness: BrokerHarness, _ state: State) throws {
        switch state {
        case .idle: break
        case .subscribed: try harness.send(1, .sub(1, "mine", "own"))
        case .inTransaction: try harness.send(1, .begin(id: nil, refusal: nil))
        case .inFailedTransaction: try harness.send(1, .begin(id: nil, refusal: nil), .info(.broker))
        }
        _ = harness.heard(1)
    }

    private func say(_ form: CommandForm, about name: String, _ harness: BrokerHarness) throws {
        guard let command = form.command(about: name) else {
            return try harness.send(1) { commands in
                if form == .plainAck { commands.ack(consumer: 1, first: 1, last: 1) }
                if form == .plainPublish { commands.publish(name, "body") }
            }
        }
        try harness.send(1, command)
    }

    @Test(arguments: CommandForm.allCases)
    func `a form has a command of that form`(_ form: CommandForm) throws {
        guard let command = form.command(about: "orders") else {
            #expect(form == .plainPublish || form == .plainAck)
            return
        }
        #expect(CommandForm(command) == form)
    }

    @Test(arguments: CommandForm.allCases, State.allCases)
    func `a command is denied exactly when its user lacks a right`(_ form: CommandForm, _ state: State) throws {
        for rights in Self.sets {
            let harness = try harness()
            for target in Target.allCases {
                // To alter a topic of the broker is denied to everyone.
                if form == .alterTopic, target == .deadLetters { continue }
                try harness.connect(1, as: try access(rights, on: target.granted))
                try prepare(harness, state)
                try say(form, about: target.rawValue, harness)
                let isDenied = harness.heard(1).contains("ERR denied")
                try harness.disconnect(1)
                #expect(isDenied == !form.needs.isSubset(of: rights), "\(form) about \(target) with \(rights)")
            }
        }
    }

    @Test(arguments: CommandForm.allCases)
    func `an admin and a broker without users are denied nothing`(_ form: CommandForm) throws {
        for access in [Access.all, .admin(user: "root")] {
            let harness = try harness()
            try harness.connect(1, as: access)
            try say(form, about: "orders", harness)
            let heard = harness.heard(1)
            #expect(!heard.isEmpty && !heard.contains("ERR denied"), "\(heard)")
        }
    }

    @Test(arguments: CommandForm.allCases.filter { !$0.needs.isEmpty })
    func `what is denied in a transaction fails it, and nothing of it is done`(_ form: CommandForm) throws {
        let harness = try harness()
        let mine = try #require(NamePattern("mine"))
        try harness.connect(1, as: Access(user: "u", publish: [mine]))
        try harness.send(1, .begin(id: nil, refusal: nil))
        try harness.publish(1, "mine", "kept")
        try say(form, about: "orders", harness)
        try harness.send(1, .commit)
        #expect(harness.heard(1) == ["OK", "QUEUED", "ERR denied", "ERR tx 2:denied"])
        #expect(try harness.bodies("mine") == [])
    }

    @Test func `a user without rights changes nothing by any command`() throws {
        let harness = try harness()
        let before = harness.store.history.count
        try harness.connect(1, as: Access(user: "nobody"))
        for form in CommandForm.allCases where form != .bye && !form.needs.isEmpty {
            try say(form, about: "orders", harness)
            try say(form, about: "missing", harness)
        }
        #expect(harness.store.history.count == before)
        #expect(Set(harness.heard(1)) == ["ERR denied"])
    }
}
