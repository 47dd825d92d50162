// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What has happened so far, counted from the reports of workers, publisher and supervisor.
struct Tally: Sendable {
    /// One delivery, as far as it can be told apart.
    private struct Place: Hashable {
        var step: String
        var offset: UInt64
    }

    /// What the outside world saw.
    var world = OutsideWorld()
    /// Arrivals that the broker has confirmed.
    var published = 0
    /// Requests among them.
    private(set) var arrived: Set<Int> = []
    /// Publishes that the broker knew by their id.
    private(set) var knownByID = 0
    /// Messages that found their work done in the record of the request.
    private(set) var knownByState = 0
    /// Messages that came again with a receipt.
    private(set) var knownByReceipt = 0
    /// Messages that were handed out again.
    private(set) var redeliveries = 0
    /// Handlers that ran on when their lease was gone.
    private(set) var leaseLosses = 0
    /// Calls of the model that failed.
    private(set) var failures = 0
    /// Calls of the model that took longer than a lease and were used.
    private(set) var slowCalls = 0
    /// Faults that have struck.
    private(set) var faults: [DemoPlan.Fault: Int] = [:]
    /// How often the broker was killed and started again.
    var restarts = 0
    /// How often the publisher lost its connection.
    var senderCuts = 0
    /// Decisions of people that had a message delivered again, and those that another one had made needless.
    var decisions = 0
    var lateDecisions = 0
    /// What each request went through.
    private(set) var lives: [Int: DemoLife] = [:]

    private var doubtful: Set<Int> = []
    private var firstSeen: [Place: Int] = [:]
    private var open: [Place: [String: Bool]] = [:]

    /// Nothing has happened yet.
    init() {}

    /// A publish was confirmed.
    mutating func confirm(_ request: Int, isDuplicate: Bool) {
        published += 1
        arrived.insert(request)
        if isDuplicate { knownByID += 1 }
    }

    /// A request was not answered in time; what counts is how it stood when that was first seen.
    mutating func escalate(_ request: Int, _ sentence: String) {
        if lives[request]?.escalation == nil { lives[request, default: DemoLife()].escalation = sentence }
    }

    /// Requests that were not answered in time.
    var escalated: Int { lives.values.count { $0.escalation != nil } }

    /// The request that went through most; the first of several, nil when nothing happened to any.
    var hardest: (request: Int, life: DemoLife)? {
        lives.max { ($0.value.hardship, -$0.key) < ($1.value.hardship, -$1.key) }.map { ($0.key, $0.value) }
    }

    /// Takes what a worker told.
    mutating func take(_ event: DemoEvent) {
        let place = Place(step: event.step, offset: event.offset)
        switch event.kind {
        case .begun: begin(event, place)
        case .ended: open[place]?[event.run] = nil
        case .lost:
            if open[place]?.removeValue(forKey: event.run) == false { leaseLosses += 1 }
        case .failed:
            failures += 1
            lives[event.request, default: DemoLife()].failures += 1
        case .slow:
            slowCalls += 1
            lives[event.request, default: DemoLife()].slowCalls += 1
        case .waiting:
            doubtful.insert(event.request)
            lives[event.request, default: DemoLife()].waited = true
        case .knownByState: knownByState += 1
        case .knownByReceipt: knownByReceipt += 1
        case .fault:
            guard let fault = event.fault else { return }
            faults[fault, default: 0] += 1
            lives[event.request, default: DemoLife()].faults.append(fault)
            if fault.isKill { forget(event.worker) }
        }
    }

    private mutating func begin(_ event: DemoEvent, _ place: Place) {
        // A restarted broker counts deliveries from 1 again; a handler that reruns for a conflict is not a delivery.
        if event.attempt > 1 || firstSeen[place].map({ $0 < restarts }) == true {
            redeliveries += 1
            lives[event.request, default: DemoLife()].redeliveries += 1
        }
        firstSeen[place] = restarts
        // A handler that still works on what another is handed has lost its lease, whether it knows or not.
        for (run, isCounted) in open[place] ?? [:] where !isCounted {
            leaseLosses += 1
            open[place]?[run] = true
        }
        open[place, default: [:]][event.run] = false
    }

    /// Only these workers are alive.
    mutating func forgetAll(but names: [String]) {
        for place in open.keys {
            open[place] = open[place]?.filter { run in names.contains { run.key.hasPrefix($0 + "-") } }
        }
    }

    /// Whether no handler runs.
    var isIdle: Bool { open.values.allSatisfy(\.isEmpty) }

    /// The handlers of a dead worker neither lose nor hold anything.
    private mutating func forget(_ worker: Substring) {
        for place in open.keys {
            open[place] = open[place]?.filter { $0.key.prefix { $0 != "-" } != worker }
        }
    }

    /// Workers that were killed.
    var kills: Int { count { $0.isKill } }
    /// Workers that were stopped and woken.
    var freezes: Int { count { $0 == .freezeInStep } }
    /// Connections that were cut.
    var cuts: Int { senderCuts + count { $0 == .cutInStep || $0 == .cutAfterMail } }
    /// Requests whose mail is out.
    var answered: Int { world.sent.count }
    /// Requests that wait for a person.
    var waiting: Int { doubtful.count { world.sent[$0] == nil } }
    /// Requests that have waited for a person.
    var waited: Int { doubtful.count }
    /// Requests that arrived and are neither answered nor wait for a person.
    var inProgress: Int { max(0, arrived.count { world.sent[$0] == nil } - waiting) }
    /// Everything that came twice and had no effect.
    var absorbed: Int { knownByID + knownByState + knownByReceipt + lateDecisions + world.absorbed }

    private func count(_ isCounted: (DemoPlan.Fault) -> Bool) -> Int {
        faults.reduce(0) { $0 + (isCounted($1.key) ? $1.value : 0) }
    }
}
