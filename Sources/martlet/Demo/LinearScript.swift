// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The same requests, answered by a straight-line script without a broker: request, model, mail, retries in memory.
///
/// It is calculated, not run: every arrival is followed through the script on a clock of its own. The script is as good
/// as such scripts are: it tries a call three times, gives each a second, and several processes of it share the
/// arrivals. What it has in hand is in its memory only.
struct LinearScript: Sendable {
    private static let tries = 3
    private static let timeout = 1_000

    /// One arrival on its way through the script.
    private struct Walk {
        var process: Int
        var start: Int
        var mails: [(time: Int, mail: Mail)] = []
        /// When it takes its process with it, if it does.
        var kill: Int?
    }

    /// An end of a process, or of all of them.
    private struct Kill {
        var time: Int
        var process: Int?

        func ends(_ walk: Walk, before time: Int) -> Bool {
            (process == nil || process == walk.process) && walk.start < self.time && self.time < time
        }
    }

    private let plan: DemoPlan
    private let processes: Int
    private let model: SimulatedModel
    private let person: SimulatedPerson
    private var walks: [Walk] = []
    private var struck: Set<Int> = []
    private var doubtful: Set<Int> = []
    private var mails = 0
    private var failures = 0
    private var slowCalls = 0
    private var freezes = 0
    private var cuts = 0

    /// What the mail service saw.
    private(set) var world = OutsideWorld()
    /// How many processes were killed by themselves.
    private(set) var kills = 0

    /// Follows all arrivals of a plan through so many processes.
    init(plan: DemoPlan, processes: Int) {
        self.plan = plan
        self.processes = processes
        model = SimulatedModel(seed: plan.seed)
        person = SimulatedPerson(seed: plan.seed)
        for (index, arrival) in plan.arrivals.enumerated() {
            follow(arrival.request, at: arrival.time)
            guard index == plan.senderCut else { continue }
            // The sender does not know whether its request arrived.
            cuts += 1
            follow(arrival.request, at: arrival.time + 1)
        }
        settle()
    }

    /// The table at the end.
    var summary: DemoSummary {
        DemoSummary(
            title: "a straight-line script", requests: plan.requests,
            outcome: DemoOutcome(requests: plan.requests, world: world),
            thrown: DemoSummary.thrown(
                plan: plan, failures: failures, slowCalls: slowCalls, waited: doubtful.count, kills: kills,
                freezes: freezes, cuts: cuts, restarts: plan.restarts.count),
            taken: [])
    }

    /// One arrival, as if nothing else happened.
    private mutating func follow(_ request: Int, at start: Int) {
        var walk = Walk(process: walks.count % processes, start: start)
        defer { walks.append(walk) }
        guard let (label, confidence, decided) = classify(request, at: start) else { return }
        let fault = struck.insert(request).inserted ? plan.faults[request] : nil
        switch fault {
        case .killInStep:
            walk.kill = decided
            return
        case .freezeInStep, .cutInStep:
            // The sender gets no answer in time, and asks again.
            if fault == .cutInStep { cuts += 1 } else { freezes += 1 }
            follow(request, at: start + Self.timeout)
        default: break
        }
        guard confidence < SimulatedModel.leastConfidence else {
            mail(request, label, at: decided + 1, fault, &walk)
            return
        }
        doubtful.insert(request)
        var time = decided + person.milliseconds(for: request)
        for decision in person.decisions(on: request) {
            time += 1
            mail(request, decision.label, at: time, fault, &walk)
        }
    }

    /// Asks the model until it answers in time; nil when the script gives up.
    private mutating func classify(_ request: Int, at start: Int) -> (label: String, confidence: Int, time: Int)? {
        var time = start
        for number in 1...Self.tries {
            let call = model.call(request, number: number)
            guard case .answer(let label, let confidence) = call.reply else {
                failures += 1
                time += call.milliseconds
                continue
            }
            if call.milliseconds <= Self.timeout { return (label, confidence, time + call.milliseconds) }
            slowCalls += 1
            time += Self.timeout
        }
        return nil
    }

    private mutating func mail(
        _ request: Int, _ label: String, at time: Int, _ fault: DemoPlan.Fault?, _ walk: inout Walk
    ) {
        send(request, label, at: time, &walk)
        let milliseconds = OutsideWorld.milliseconds(seed: plan.seed, request: request)
        // No answer of the service in time, or none at all: the script tries again, and the mail was sent before.
        if milliseconds > Self.timeout { send(request, label, at: time + Self.timeout, &walk) }
        switch fault {
        case .cutAfterMail where walk.mails.count == 1:
            cuts += 1
            send(request, label, at: time + 1, &walk)
        case .killAfterMail, .killAfterReceipt: walk.kill = walk.kill ?? time
        default: break
        }
    }

    private mutating func send(_ request: Int, _ label: String, at time: Int, _ walk: inout Walk) {
        mails += 1
        // A script that has forgotten what it did cannot say that it does it again.
        walk.mails.append((time, Mail(key: "call-\(mails)", request: request, label: label)))
    }

    /// Puts the walks together: a process that ends takes with it what it had in hand, people's decisions included.
    private mutating func settle() {
        var ended = plan.restarts.map { Kill(time: plan.arrivals[$0].time, process: nil) }
        for walk in walks.filter({ $0.kill != nil }).sorted(by: { ($0.kill ?? 0) < ($1.kill ?? 0) }) {
            guard let time = walk.kill, !ended.contains(where: { $0.ends(walk, before: time) }) else { continue }
            ended.append(Kill(time: time, process: walk.process))
            kills += 1
        }
        for walk in walks {
            for (time, mail) in walk.mails where !ended.contains(where: { $0.ends(walk, before: time) }) {
                world.take(mail)
            }
        }
    }
}
