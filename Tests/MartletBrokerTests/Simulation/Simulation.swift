// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// A broker, its disk, its clock, a network and clients in one process: what happens follows from the seed.
///
/// Time is simulated, so that hours pass in seconds. The core is driven as its thread drives it; it can be stopped
/// between any two calls.
final class Simulation {
    /// What happens at some time.
    enum Event {
        case reachesBroker(Link, Packet)
        case reachesClient(Link, [Saying])
        case clientMissesLink(Link)
        case clientActs(Int)
        case fault
        case start
        case crash(life: Int)
        case brokerGoesOn(life: Int)
    }

    /// What may go wrong.
    enum Fault: CaseIterable {
        case cutLink, stall, crash, crashInCommit, commitFails, stop, full, clock, clockBeforeStart, years, slowClient
    }

    static let topics = ["orders", "work", "news"]
    /// A topic that comes and goes, and subscriptions that do.
    static let passingTopic = "passing"
    static let passingNames = ["x", "y"]
    private static let patience: UInt64 = 3 * 3_600_000

    let seed: UInt64
    let bug: SimulatedBug?
    var random: SeededRandom
    var clock: SimulatedClock
    var events = EventQueue<Event>()
    let promises: Promises
    /// Connections on which a name was asked for that is to be made.
    var reserved: [String: Link] = [:]
    let configuration: BrokerConfiguration
    /// The disk of the broker's machine.
    var store: SimulatedStore
    /// The broker, while it runs.
    var process: BrokerProcess?
    /// How many brokers there were.
    var life = 0
    var clients: [SimulatedClient] = []
    var nextLink: UInt64 = 1
    var nextMessage = 0
    var nextTransaction = 0
    /// How long a client waits between two things that it does, on the average, in milliseconds.
    let pace: UInt64
    var actionsLeft: Int
    var messagesLeft: Int
    /// Faults that this seed has.
    let faults: [Fault]
    let faultPace: UInt64
    /// Whether faults have stopped, so that everything must come to its end.
    private(set) var isEnding = false
    private var end: UInt64 = .max
    private(set) var steps = 0
    var batches = 0
    /// What was done, if that is to be told.
    var journal: [String]?
    var transcript: Transcript?

    // What the next commit meets.
    var stall: UInt64 = 0
    var crashesInCommit = false
    var commitFails = false

    init(
        seed: UInt64, bug: SimulatedBug? = nil, keepsJournal: Bool = false,
        remembersAll: Bool = false
    ) throws {
        self.seed = seed
        self.bug = bug
        var random = SeededRandom(seed: seed)
        var configuration = BrokerConfiguration()
        configuration.leaseCap = Int.random(in: 6_000...60_000, using: &random)
        configuration.stepBytes = [2_000, 16 << 20].randomElement(using: &random) ?? 0
        configuration.deliveryBytes = [2_000, 4 << 20].randomElement(using: &random) ?? 0
        configuration.deliveriesBytes = [6_000, 128 << 20].randomElement(using: &random) ?? 0
        configuration.ephemeralGrace = Int.random(in: 2_000...60_000, using: &random)
        configuration.autoCreateTopics = false
        self.configuration = configuration
        pace = [3, 30, 300, 2_000].randomElement(using: &random) ?? 0
        actionsLeft = Int.random(in: 100...500, using: &random)
        messagesLeft = Int.random(in: 20...200, using: &random)
        faults = Fault.allCases.filter { _ in Bool.random(using: &random) }
        faultPace = pace * UInt64.random(in: 10...60, using: &random)
        let isForgetful = faults.contains(.years) && Int.random(in: 0..<3, using: &random) == 0
        clock = SimulatedClock(error: isForgetful ? SimulatedClock.forgotten : 0)
        self.random = random
        promises = Promises(configuration)
        store = SimulatedStore(logShare: [0, 8, 15, 16].randomElement(using: &random) ?? 0, bug: bug)
        promises.store = store
        if keepsJournal { journal = [] }
        if remembersAll { transcript = Transcript() }
        try setUp()
    }

    // MARK: - The run

    /// Runs to the end; what went wrong.
    func run() throws -> String? {
        while let (time, event) = events.next() {
            clock.advance(to: time)
            promises.clock = clock
            steps += 1
            try happen(event)
            if steps.isMultiple(of: 500), let broker = process?.broker {
                try promises.auditVerdicts(of: broker, store.contents)
            }
            if let violation = promises.violation { return violation }
            if actionsLeft <= 0, !isEnding { beginEnd() }
            if isEnding, isDone { break }
            if time > end { return "it comes to no end: \(unfinished)" }
        }
        guard isDone else { return "nothing more happens: \(unfinished)" }
        promises.audit(store.contents, isEnd: true)
        if let broker = process?.broker { try promises.auditVerdicts(of: broker, store.contents) }
        return promises.violation
    }

    private func happen(_ event: Event) throws {
        switch event {
        case .reachesBroker(let link, let packet): try reachBroker(link, packet)
        case .reachesClient(let link, let sayings): reachClient(link, sayings)
        case .clientMissesLink(let link):
            note("client \(link.client) misses link \(link.id)")
            clients[link.client].lost(link)
        case .clientActs(let place): act(clients[place])
        case .fault: if !isEnding { try fail() }
        case .start: try start()
        case .crash(let life): if life == self.life { try crash() }
        case .brokerGoesOn(let life): if life == self.life { try goOn() }
        }
    }

    /// From now on nothing fails any more, and everything that was begun must end.
    private func beginEnd() {
        note("faults stop")
        isEnding = true
        end = clock.time + Self.patience
        clock.set(error: 0)
        if bug != .fullForever { store.isFull = false }
        (stall, crashesInCommit, commitFails) = (0, false, false)
    }

    private var isDone: Bool {
        guard let process, process.isIdle, clients.allSatisfy(\.isDone) else { return false }
        return promises.living.allSatisfy { ledger in
            ledger.settings.ephemeral ? isServed(ledger) : store.contents.backlog(ledger.id) == 0
        }
    }

    /// Whether someone reads a subscription, and has read all; where nobody does, one that is ephemeral goes.
    private func isServed(_ ledger: SubscriptionLedger) -> Bool {
        store.contents.backlog(ledger.id) == 0 && promises.isUsed(ledger)
    }

    private var unfinished: String {
        var texts = promises.living.map { "\($0.title) has \(store.contents.backlog($0.id))" }
        for client in clients where !client.isDone {
            texts.append(
                "client \(client.place) waits for \(client.link?.asked.count ?? 0) answers, has "
                    + "\(client.unanswered.count) unanswered, \(client.doubtful.count) doubtful")
        }
        return texts.joined(separator: ", ")
    }

    // MARK: - What the parts share

    /// What the core is told of the time.
    var told: Moment {
        var now = clock.now
        if bug == .clockIsFast { now.steady += clock.time / 10 }
        return now
    }

    func note(_ text: @autoclosure () -> String) {
        guard journal != nil else { return }
        journal?.append("\(clock.time) ms: \(text())")
    }

    func isOne(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
    func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }
    func draw(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }

    /// How the last things went, for people.
    func lastEvents(_ count: Int) -> String { (journal ?? []).suffix(count).joined(separator: "\n") }
}
