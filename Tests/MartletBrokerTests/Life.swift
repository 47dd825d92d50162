// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

/// One random sequence of everything that a broker may meet; it ends with what went wrong first.
///
/// Whatever it does follows from the seed. Each area of the broker has a file of its own.
struct Life {
    private static let turns = 60
    static let topics = ["orders", "news", "work"]
    static let subscriptions = ["billing", "audit", "temp"]

    let harness: BrokerHarness
    var random: SeededRandom
    var model: ReferenceModel
    var nextConnection: UInt64 = 2
    var nextBody = 0
    var nextTransaction = 0

    init(seed: UInt64, remembersAll: Bool = false) throws {
        random = SeededRandom(seed: seed)
        var configuration = BrokerConfiguration()
        configuration.leaseCap = Int.random(in: 4_000...12_000, using: &random)
        configuration.deliveryBytes = [300, 2_000, 4 << 20].randomElement(using: &random) ?? 0
        configuration.stepBytes = [1_000, 16 << 20].randomElement(using: &random) ?? 0
        configuration.patience = Int.random(in: 2...4, using: &random)
        configuration.keptConsumers = [1, 100].randomElement(using: &random) ?? 0
        harness = try BrokerHarness(configuration, seed: seed, remembersAll: remembersAll)
        model = ReferenceModel(configuration, now: harness.now.wall)
        harness.keepsAside = { $0.hasPrefix("LOST ") && ($0.hasSuffix(" purged") || $0.hasSuffix(" dropped")) }
        try harness.connect(1)
        for name in Self.topics { try require(createTopic(name)) }
        for _ in 0..<5 { try require(createSubscription()) }
    }

    private func require(_ problem: String?) throws { try #require(problem == nil) }

    /// Whether a step has room for a few returned messages or dead letters only.
    var cutsSteps: Bool { model.configuration.stepBytes < 10_000 }

    /// Lives to the end; what went wrong.
    mutating func run() throws -> String? {
        for _ in 0..<Self.turns {
            if let problem = try turn() { return problem }
        }
        return try end()
    }

    /// Does one thing; what went wrong.
    mutating func turn() throws -> String? {
        if let problem = try act() { return problem }
        return collect()
    }

    private mutating func act() throws -> String? {
        if model.isFull, isOne(in: 6) { setFull(false) }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<16: return try publish()
        case 16..<20: return try publishIdentified()
        case 20..<27: return try attach()
        case 27..<45: return try settle()
        case 45..<51: return try touch()
        case 51..<56: return try loseConnection()
        case 56..<61: return try comeBack()
        case 61..<63: return try changeWindow()
        case 63..<65: return try unsubscribe()
        case 65..<70: return try takeAll()
        case 70..<78: return try pass(UInt64.random(in: 1...4_000, using: &random))
        case 78..<81: return try stall()
        case 81..<82: return try passLong()
        case 82..<83: return try purge()
        case 83..<84: return try changeTopics()
        case 84..<86: return try changeSubscriptions()
        case 86..<87: return try fill()
        case 87..<89: return try changeRecord()
        case 89..<90: return try writeReceipt()
        case 90..<94: return try transact()
        case 94..<98: return try hurry()
        default: return try crash()
        }
    }

    // MARK: - What the areas share

    /// Sends a command; what was answered other than it had to be.
    mutating func send(_ connection: UInt64, _ command: Command, expecting expected: String) throws -> String? {
        try harness.send(connection, command)
        let heard = harness.heard(connection)
        return heard == [expected] ? nil : "\(command) was answered \(heard), not \(expected)"
    }

    /// Takes what was delivered; the first delivery that may not be.
    mutating func collect() -> String? {
        var lost = harness.takeAside()[...]
        for handed in harness.gotByAll() {
            while let aside = lost.first, aside.turn <= handed.turn {
                if let problem = takeBack(lost.removeFirst()) { return problem }
            }
            if let problem = model.deliver(handed) { return problem }
        }
        for aside in lost {
            if let problem = takeBack(aside) { return problem }
        }
        let (blocked, told) = (model.blocked, openConnections.filter(harness.blocked.contains))
        return told == blocked ? nil : "\(told) are to say when they have taken all, not \(blocked)"
    }

    /// A topic, mostly one that consumers read.
    mutating func pickTopic() -> String {
        let read = model.attached.map(\.topic)
        return pick(isOne(in: 3) || read.isEmpty ? Self.topics : read) ?? ""
    }

    /// A consumer, mostly one that holds deliveries.
    mutating func pickConsumer() -> ReferenceModel.Consumer? {
        let holding = model.attached.filter { !model.tags(of: $0).isEmpty }
        return pick(isOne(in: 8) || holding.isEmpty ? model.attached : holding)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

    /// True once in so many times.
    mutating func isOne(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
}
