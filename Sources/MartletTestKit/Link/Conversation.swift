// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// One connection through a link, as frames in and actions out; holds no socket.
///
/// It keeps account of the commands that have not been answered, so that the client sees one reply to each whatever
/// the broker was sent.
struct Conversation {
    /// What the shell is to do, in this order.
    enum Action: Equatable {
        /// Sends bytes to the broker.
        case toBroker([UInt8])
        /// Sends bytes to the client.
        case toClient([UInt8])
        /// Says to the broker that nothing more comes.
        case endToBroker
        /// Says to the client that nothing more comes.
        case endToClient
        /// Calls `due` when the time has passed.
        case later(FrameSide, id: Int, Duration)
        /// Ends both connections behind what was sent.
        case drop
    }

    /// What becomes of a reply.
    private enum Answer {
        /// The client gets it; messages that are collected go before it, or need not.
        case pass(flushes: Bool)
        /// The client did not ask.
        case swallow
        /// It is lost, and the connection with it.
        case lose
    }

    /// Commands whose replies say nothing about messages that have not been passed on.
    private static let unordered: Set<Substring> = ["PUB", "ACK", "NACK", "RELEASE", "REJECT", "TOUCH"]
    private static let pushes: Set<Substring> = ["MSG", "LOST", "GONE", "PING", "BYE"]

    /// The largest body that the broker said it takes.
    private(set) var maxBody: Int?
    private let ordinal: Int
    private var isEnded = false
    private var isInTransaction = false
    private var isGreeted = false
    private var answers: [Answer] = []
    private var toBroker = Gate()
    private var toClient = Gate()
    private var ending: Set<FrameSide> = []
    private var reordering = Reordering()
    private var actions: [Action] = []
    private var round = 0
    private var clientDice = SeededRandom(seed: 0)
    private var brokerDice = SeededRandom(seed: 0)
    private var shuffleDice = SeededRandom(seed: 0)

    /// Begins the conversation that is the link's `ordinal`-th.
    init(ordinal: Int) {
        self.ordinal = ordinal
    }

    /// Whether messages are kept in the hope of more.
    var isCollecting: Bool { !reordering.isEmpty }

    /// Takes a frame.
    mutating func take(_ frame: LinkFrame, from side: FrameSide, _ plan: inout FaultPlan) -> [Action] {
        guard !isEnded else { return [] }
        takeDice(plan)
        switch side {
        case .client: takeCommand(frame, &plan)
        case .broker: takeWord(frame, &plan)
        }
        return takeActions()
    }

    /// Takes bytes that are no frame.
    mutating func takeRaw(_ bytes: [UInt8], from side: FrameSide, _ plan: inout FaultPlan) -> [Action] {
        guard !isEnded, !bytes.isEmpty else { return [] }
        if side == .broker { flushOrder(&plan) }
        pass(bytes, side, isMessage: false, &plan)
        return takeActions()
    }

    /// One side says nothing more; the other hears of it behind what waits.
    mutating func end(_ side: FrameSide, _ plan: inout FaultPlan) -> [Action] {
        guard !isEnded, ending.insert(side).inserted else { return [] }
        if side == .broker { flushOrder(&plan) }
        drain(side, &plan)
        return takeActions()
    }

    /// Looks again at what waits, after `hold`, `release` or `calm`.
    mutating func replan(releasing: Bool, _ plan: inout FaultPlan) -> [Action] {
        guard !isEnded else { return [] }
        if releasing {
            toBroker.due(nil)
            toClient.due(nil)
        }
        if plan.shuffleWindow < 2 { flushOrder(&plan) }
        drain(.client, &plan)
        drain(.broker, &plan)
        return takeActions()
    }

    /// A delay is over.
    mutating func due(_ side: FrameSide, id: Int, _ plan: inout FaultPlan) -> [Action] {
        guard !isEnded else { return [] }
        if side == .client { toBroker.due(id) } else { toClient.due(id) }
        drain(side, &plan)
        return takeActions()
    }

    /// The broker has fallen quiet: what is collected goes as it is.
    mutating func quiet(_ plan: inout FaultPlan) -> [Action] {
        guard !isEnded else { return [] }
        flushOrder(&plan)
        return takeActions()
    }

    /// The connection is gone.
    mutating func close(_ plan: inout FaultPlan) {
        isEnded = true
        plan.counts.waitingFrames -= toBroker.count + toClient.count
        toBroker.clear()
        toClient.clear()
        reordering = Reordering()
    }

    // MARK: - Frames

    private mutating func takeCommand(_ frame: LinkFrame, _ plan: inout FaultPlan) {
        plan.counts.clientFrames += 1
        let word = frame.word
        let isRepeatable = word == "PUB" && !isInTransaction
        let fault = plan.fault(on: frame, from: .client, &clientDice) { fault in
            switch fault {
            case .dropBefore, .dropAfter: true
            case .loseReply: word != "PONG"
            case .twice: isRepeatable
            case .swap: false
            }
        }
        if word == "BEGIN" { isInTransaction = true }
        if word == "COMMIT" || word == "ABORT" { isInTransaction = false }
        if fault == .dropBefore { return drop(&plan) }
        if word != "PONG" {
            answers.append(fault == .loseReply ? .lose : .pass(flushes: !Self.unordered.contains(word)))
        }
        pass(frame.bytes, .client, isMessage: false, &plan)
        if fault == .twice {
            answers.append(.swallow)
            pass(frame.bytes, .client, isMessage: false, &plan)
            plan.counts.repeatedPublishes += 1
        }
        if fault == .dropAfter {
            passAll(.client, &plan)
            drop(&plan)
        }
    }

    private mutating func takeWord(_ frame: LinkFrame, _ plan: inout FaultPlan) {
        plan.counts.brokerFrames += 1
        let isMessage = frame.word == "MSG"
        var flushes = !isMessage
        if !Self.pushes.contains(frame.word) {
            // A reply to no command is the broker's last word before it closes.
            switch answers.isEmpty ? .pass(flushes: true) : answers.removeFirst() {
            case .swallow: return
            case .lose:
                plan.counts.lostReplies += 1
                actions.append(.drop)
                return close(&plan)
            case .pass(let isMarker): flushes = isMarker
            }
            greet(frame)
        }
        if flushes { flushOrder(&plan) }
        let fault = plan.fault(on: frame, from: .broker, &brokerDice) { fault in
            fault == .dropBefore || fault == .dropAfter || (isMessage && (fault == .twice || fault == .swap))
        }
        if fault == .dropBefore { return drop(&plan) }
        if isMessage {
            order(frame, isSwap: fault == .swap, &plan)
            if fault == .twice {
                order(frame, isSwap: false, &plan)
                plan.counts.repeatedMessages += 1
            }
        } else {
            pass(frame.bytes, .broker, isMessage: ["LOST", "GONE"].contains(frame.word), &plan)
        }
        if fault == .dropAfter {
            flushOrder(&plan)
            passAll(.broker, &plan)
            drop(&plan)
        }
    }

    private mutating func greet(_ frame: LinkFrame) {
        guard !isGreeted else { return }
        isGreeted = true
        for field in frame.fields where field.hasPrefix("max-body=") { maxBody = Int(field.dropFirst(9)) }
    }

    private mutating func drop(_ plan: inout FaultPlan) {
        plan.counts.drops += 1
        actions.append(.drop)
        close(&plan)
    }

    // MARK: - Order and waiting

    private mutating func order(_ frame: LinkFrame, isSwap: Bool, _ plan: inout FaultPlan) {
        let size = isSwap ? 2 : plan.shuffleWindow
        let (frames, overtaken) = reordering.take(frame, size: size, isSwap: isSwap, &shuffleDice)
        plan.counts.reorderedMessages += overtaken
        for frame in frames { pass(frame.bytes, .broker, isMessage: true, &plan) }
    }

    private mutating func flushOrder(_ plan: inout FaultPlan) {
        guard !reordering.isEmpty else { return }
        let (frames, overtaken) = reordering.flush(&shuffleDice)
        plan.counts.reorderedMessages += overtaken
        for frame in frames { pass(frame.bytes, .broker, isMessage: true, &plan) }
    }

    private mutating func pass(_ bytes: [UInt8], _ side: FrameSide, isMessage: Bool, _ plan: inout FaultPlan) {
        let delay = plan.delay(side, isMessage: isMessage)
        let isBlocked = (side == .client ? toBroker : toClient).blocks(isMessage: isMessage)
        guard delay != nil || isBlocked || plan.isHeld(side, isMessage: isMessage) else { return send(bytes, side) }
        plan.counts.delayedFrames += 1
        plan.counts.waitingFrames += 1
        let id =
            side == .client
            ? toBroker.add(bytes, isMessage: isMessage, isDue: delay == nil)
            : toClient.add(bytes, isMessage: isMessage, isDue: delay == nil)
        if let delay { actions.append(.later(side, id: id, delay)) }
    }

    /// Passes on what a side said, held or not.
    private mutating func passAll(_ side: FrameSide, _ plan: inout FaultPlan) {
        if side == .client { toBroker.due(nil) } else { toClient.due(nil) }
        let frames = side == .client ? toBroker.drain { _ in false } : toClient.drain { _ in false }
        plan.counts.waitingFrames -= frames.count
        for bytes in frames { send(bytes, side) }
    }

    private mutating func drain(_ side: FrameSide, _ plan: inout FaultPlan) {
        let isHeld = { [plan] in plan.isHeld(side, isMessage: $0) }
        let frames = side == .client ? toBroker.drain(isHeld: isHeld) : toClient.drain(isHeld: isHeld)
        plan.counts.waitingFrames -= frames.count
        for bytes in frames { send(bytes, side) }
        guard ending.contains(side), (side == .client ? toBroker : toClient).count == 0 else { return }
        actions.append(side == .client ? .endToBroker : .endToClient)
    }

    private mutating func send(_ bytes: [UInt8], _ side: FrameSide) {
        actions.append(side == .client ? .toBroker(bytes) : .toClient(bytes))
    }

    private mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    /// Each connection and side has dice of its own, so that what it meets does not depend on the others.
    private mutating func takeDice(_ plan: FaultPlan) {
        guard plan.round != round else { return }
        round = plan.round
        var source = SeededRandom(seed: plan.seed ^ (UInt64(ordinal) &* 0xD1B5_4A32_D192_ED03))
        clientDice = SeededRandom(seed: source.next())
        brokerDice = SeededRandom(seed: source.next())
        shuffleDice = SeededRandom(seed: source.next())
    }
}
