// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// What a link is to do to which frames, and what it has done: shared by all its connections; holds no socket.
struct FaultPlan {
    /// What can be done to one frame.
    enum Fault: Sendable {
        /// The frame is not passed on, and the connection ends.
        case dropBefore
        /// The frame is passed on, and the connection ends.
        case dropAfter
        /// The command is answered, but not to the client, and the connection ends.
        case loseReply
        /// The frame is passed on twice.
        case twice
        /// The message is passed on behind the next one of its consumer.
        case swap
    }

    /// A fault for some of the frames that match.
    struct Rule: Sendable {
        var fault: Fault
        var side: FrameSide
        var skipping: Int
        var times: Int
        var matches: @Sendable (LinkFrame) -> Bool
    }

    /// How probable each fault is, for each frame that it fits.
    struct Chaos: Sendable {
        var drop = 0.0
        var loseReply = 0.0
        var repeatPublish = 0.0
        var repeatMessage = 0.0
        var reorder = 0.0
    }

    var rules: [Rule] = []
    var chaos: Chaos?
    /// Messages of a consumer that are shuffled together; below 2, none are.
    var shuffleWindow = 0
    /// What all dice follow from.
    private(set) var seed: UInt64 = 0
    /// Grows when the dice are to be taken anew.
    private(set) var round = 0
    var held: Set<LinkScope> = []
    var delays: [LinkScope: Duration] = [:]
    var counts = FaultCounts()

    /// Lets all dice begin anew.
    mutating func reseed(_ seed: UInt64) {
        self.seed = seed
        round += 1
    }

    /// Ends all faults.
    mutating func calm() {
        rules = []
        chaos = nil
        shuffleWindow = 0
        held = []
        delays = [:]
    }

    /// The fault that a frame meets: of the first rule whose turn it is, or else by chance.
    mutating func fault(
        on frame: LinkFrame, from side: FrameSide, _ dice: inout SeededRandom, fits: (Fault) -> Bool
    ) -> Fault? {
        var chosen: Fault?
        for index in rules.indices where rules[index].side == side && fits(rules[index].fault) {
            guard rules[index].matches(frame) else { continue }
            if rules[index].skipping > 0 {
                rules[index].skipping -= 1
            } else if chosen == nil {
                rules[index].times -= 1
                chosen = rules[index].fault
            }
        }
        rules.removeAll { $0.times <= 0 }
        let drawn = draw(on: frame, from: side, &dice)
        return chosen ?? drawn.flatMap { fits($0) ? $0 : nil }
    }

    /// What chance has for a frame: always two draws, so that what comes later does not depend on what came out.
    private func draw(on frame: LinkFrame, from side: FrameSide, _ dice: inout SeededRandom) -> Fault? {
        // Heartbeats come by the clock, and replies are lost with their commands.
        let isDrawn = side == .client ? frame.word != "PING" && frame.word != "PONG" : frame.word == "MSG"
        guard let chaos, isDrawn else { return nil }
        var chance = Double.random(in: 0..<1, using: &dice)
        let isBefore = Bool.random(using: &dice)
        let faults: [(Double, Fault)] =
            side == .client
            ? [
                (chaos.drop, isBefore ? .dropBefore : .dropAfter), (chaos.loseReply, .loseReply),
                (chaos.repeatPublish, .twice),
            ]
            : [
                (chaos.drop, isBefore ? .dropBefore : .dropAfter), (chaos.repeatMessage, .twice),
                (chaos.reorder, .swap),
            ]
        for (probability, fault) in faults {
            if chance < probability { return fault }
            chance -= probability
        }
        return nil
    }

    /// Whether a frame has to wait for `release`.
    func isHeld(_ side: FrameSide, isMessage: Bool) -> Bool {
        held.contains { $0.includes(side, isMessage: isMessage) }
    }

    /// How long a frame has to wait; nil when it need not.
    func delay(_ side: FrameSide, isMessage: Bool) -> Duration? {
        delays.filter { $0.key.includes(side, isMessage: isMessage) }.values.max()
    }
}
