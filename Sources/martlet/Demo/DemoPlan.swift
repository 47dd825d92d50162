// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The arrivals and faults of a run; all of them follow from the seed.
struct DemoPlan: Sendable, Equatable {
    /// A request that arrives; most arrive once.
    struct Arrival: Sendable, Equatable {
        /// Milliseconds from the start.
        var time: Int
        /// Which request it is, from 1.
        var request: Int
        /// Under which id it comes: 0 is its own; the sender forgot the id when it sent again under another one.
        var copy: Int
        /// Whether the same id came before.
        var isRepeat: Bool
        /// Whether it was held up on its way, so that later ones have passed it.
        var isDelayed: Bool
    }

    /// What happens to the worker that has just come to a point of its work on a request; it happens once.
    enum Fault: String, Sendable, CaseIterable {
        /// Killed when the model has answered and nothing is committed.
        case killInStep = "kill-in-step"
        /// Killed when the mail is out and not yet recorded.
        case killAfterMail = "kill-after-mail"
        /// Killed when the receipt is written and the message is not acknowledged.
        case killAfterReceipt = "kill-after-receipt"
        /// Stopped when the model has answered, and woken when its lease has long run out.
        case freezeInStep = "freeze-in-step"
        /// Cut off from the broker when the model begins to think.
        case cutInStep = "cut-in-step"
        /// Cut off from the broker when the mail is out.
        case cutAfterMail = "cut-after-mail"

        /// Whether it ends the worker.
        var isKill: Bool { self == .killInStep || self == .killAfterMail || self == .killAfterReceipt }
        /// Whether it waits for the answer to be mailed.
        var isAfterMail: Bool { self == .killAfterMail || self == .cutAfterMail || self == .killAfterReceipt }
    }

    /// From what it all follows.
    let seed: UInt64
    /// How many requests there are.
    let requests: Int
    /// What arrives, in the order of time.
    let arrivals: [Arrival]
    /// What happens to workers, by request.
    let faults: [Int: Fault]
    /// The broker is killed, and the script restarted, when so many have arrived.
    let restarts: [Int]

    /// The sender loses its connection while it sends this arrival.
    var senderCut: Int { arrivals.count / 2 }

    /// Milliseconds between two requests.
    static let pace = 40

    /// Calls back at the time of each arrival, in their order, and returns after the last.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func follow(_ arrive: (_ index: Int, Arrival) -> Void) async throws {
        let begin = ContinuousClock.now
        for (index, arrival) in arrivals.enumerated() {
            let due = begin + .milliseconds(arrival.time)
            if due > .now { try await ContinuousClock().sleep(until: due) }
            arrive(index, arrival)
        }
    }

    /// How many arrivals come under an id that came before.
    var repeats: Int { arrivals.count { $0.isRepeat } }
    /// How many arrivals are a request that came before, under an id that did not.
    var copies: Int { arrivals.count { $0.copy > 0 } }
    /// How many arrivals were held up.
    var delayed: Int { arrivals.count { $0.isDelayed } }
}

extension DemoPlan {
    /// Makes the plan of a seed for at least one request.
    init(seed: UInt64, requests: Int) {
        self.seed = seed
        self.requests = requests
        arrivals = Self.arrivals(seed: seed, requests: requests)
        faults = Self.faults(seed: seed, requests: requests)
        restarts = [arrivals.count * 3 / 10, arrivals.count * 13 / 20].filter { $0 > 0 }
    }

    private static func arrivals(seed: UInt64, requests: Int) -> [Arrival] {
        var arrivals: [Arrival] = []
        for request in 1...requests {
            var dice = Dice(seed: seed, "arrive", request)
            let isDelayed = dice.hits(percent: 12)
            let time =
                (request - 1) * pace
                + (isDelayed ? Int.random(in: 300...1_500, using: &dice) : Int.random(in: 0..<3 * pace, using: &dice))
            arrivals.append(Arrival(time: time, request: request, copy: 0, isRepeat: false, isDelayed: isDelayed))
            let chance = Int.random(in: 0..<100, using: &dice)
            let later = time + Int.random(in: 10...1_200, using: &dice)
            if chance < 12 {
                arrivals.append(Arrival(time: later, request: request, copy: 0, isRepeat: true, isDelayed: false))
            } else if chance < 18 {
                arrivals.append(Arrival(time: later, request: request, copy: 1, isRepeat: false, isDelayed: false))
            }
        }
        return arrivals.sorted { ($0.time, $0.request, $0.copy) < ($1.time, $1.request, $1.copy) }
    }

    private static func faults(seed: UInt64, requests: Int) -> [Int: Fault] {
        var dice = Dice(seed: seed, "faults")
        let count = min(requests, max(Fault.allCases.count, requests / 20))
        let chosen = (1...requests).shuffled(using: &dice).prefix(count)
        var faults: [Int: Fault] = [:]
        for (index, request) in chosen.enumerated() { faults[request] = Fault.allCases[index % Fault.allCases.count] }
        return faults
    }
}
