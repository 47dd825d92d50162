// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletProtocol

/// What `sub` does on one connection: hands what comes to a sink, and settles it as the sink says.
final class SubscribeRun {
    /// How it ended.
    enum Ending: Equatable {
        /// What was wanted is done, or a signal or the end of the output's reader ended it.
        case done
        /// The broker is stopping.
        case brokerStops(reason: String)
    }

    /// What an answer of the broker will be about, in the order of the commands.
    private enum Asked {
        case settle
        /// It needs no answer but that it was taken.
        case order
        /// What is left in the subscription, asked when so many messages had come.
        case backlog(arrived: Int)
    }

    /// The number of the only consumer on the connection.
    static let consumer: UInt64 = 1
    /// How long to wait before the broker is asked again whether something is left, in milliseconds.
    private static let askAgain = 100

    private let connection: BlockingConnection
    private let plan: SubscribePlan
    private let sink: any MessageSink
    private var held = HeldMessages(lease: Defaults.lease)
    private var asked: [Asked] = []
    private var window: Int
    private var arrived = 0
    private var nextQuestion = ContinuousClock.now
    private var isEmpty = false
    private var isStopping = false
    private var stopReason: String?
    /// Messages that are done, on earlier connections too.
    private(set) var finished: Int

    init(connection: BlockingConnection, plan: SubscribePlan, sink: any MessageSink, finished: Int) {
        self.connection = connection
        self.plan = plan
        self.sink = sink
        self.finished = finished
        window = min(plan.window, plan.count.map { $0 - finished } ?? plan.window)
    }

    /// Subscribes.
    func start(_ command: Subscribe) throws {
        var early: [Incoming] = []
        var command = command
        command.window = window
        let reply = try connection.request(.subscribe(command)) { early.append($0) }
        if let lease = reply.options["lease"].flatMap({ DurationCoding.decode($0) }) {
            held = HeldMessages(lease: lease)
        }
        if reply.fields.first == "created" { StandardError.write("the subscription is new\n") }
        for incoming in early { try take(incoming) }
    }

    /// Goes on until the plan is done, a signal comes, the reader of the output goes, or the broker stops.
    ///
    /// - Parameter signal: a descriptor that becomes readable when a signal comes.
    func run(until signal: Int32) throws -> Ending {
        try advance()
        while !isOver {
            let readable = sink.readable + (isStopping ? [] : [signal])
            switch try connection.next(orReadable: readable, orWritable: sink.writable, timeout: pause) {
            case .incoming(let incoming):
                try take(incoming)
                while let more = connection.buffered() { try take(more) }
            case .other, .timeout: break
            }
            if Interruption.signal != nil, !isStopping { stop() }
            try advance()
        }
        return try finish()
    }

    private var isDone: Bool { plan.count.map { finished >= $0 } ?? false }

    private var isOver: Bool {
        if sink.isGone { return true }
        return isStopping ? !sink.isBusy : isDone || isEmpty
    }

    /// Milliseconds after which something is to be done though nothing happens.
    private var pause: Int? {
        // A question that has to wait must not end every wait at once: nothing would be sent then, no TOUCH either.
        let question = mayAsk ? max(1, Int((nextQuestion - .now) / .milliseconds(1))) : nil
        return [sink.pause, held.pause, question].compactMap { $0 }.min()
    }

    /// Whether the broker can be asked what is left: not while something here is undecided.
    private var mayAsk: Bool { plan.stopsWhenEmpty && !isStopping && sink.isEmpty }

    private func stop() {
        isStopping = true
        sink.stop()
    }

    /// Lets the sink go on, and tells the broker what is decided, what is still in work, and what it is to say.
    private func advance() throws {
        settle(try sink.advance())
        for piece in TagList.pieces(held.due()) {
            send(.touch(Touch(consumer: Self.consumer, tags: piece)), .order)
        }
        guard mayAsk, nextQuestion <= .now else { return }
        nextQuestion = .now + .milliseconds(Self.askAgain)
        guard plan.settles || held.tags.count < window else {
            isEmpty = true
            return
        }
        send(.info(.subscription(topic: plan.topic, name: plan.subscription)), .backlog(arrived: arrived))
    }

    private func settle(_ settlings: [Settling]) {
        guard !settlings.isEmpty else { return }
        finished += settlings.count
        guard plan.settles else { return }
        if let count = plan.count, count - finished < window {
            // The broker hands out no more than is wanted, so nothing is delivered in vain.
            window = max(0, count - finished)
            send(.window(consumer: Self.consumer, window: window), .order)
        }
        // One whose lease is gone will be delivered again; the broker has said so.
        let ours = settlings.filter { held.remove($0.tag) }
        for (end, settlings) in Dictionary(grouping: ours, by: { Settling(tag: 0, verb: $0.verb, code: $0.code) }) {
            send(end.verb, settlings.map(\.tag), code: end.code)
        }
    }

    private func send(_ verb: Settle.Verb, _ tags: [UInt64], code: String = "") {
        for piece in TagList.pieces(tags.sorted()) {
            send(
                .settle(Settle(verb: verb, consumer: Self.consumer, tags: piece, code: code)),
                verb == .release ? .order : .settle)
        }
    }

    private func send(_ command: Command, _ question: Asked) {
        connection.send(command)
        asked.append(question)
    }

    /// Gives back what is not done, and waits for the answers.
    private func finish() throws -> Ending {
        sink.stop()
        settle(try sink.advance())
        let rest = held.tags.sorted()
        // Otherwise one whose lease was extended would count as failed when the connection ends.
        send(.release, rest)
        held.remove(rest.map { $0...$0 })
        do {
            connection.flush()
            while !asked.isEmpty {
                guard case .incoming(let incoming) = try connection.next() else { continue }
                try take(incoming)
            }
        } catch let error as ClientError where error.code == .connectionLost && stopReason != nil {
            warn("the broker has gone before it answered the last acknowledgements; what they are about may come again")
        }
        guard let stopReason, !isDone, !sink.isGone else { return .done }
        return .brokerStops(reason: stopReason)
    }

    private func take(_ incoming: Incoming) throws {
        switch incoming {
        case .message(let message): take(message)
        case .reply(let reply):
            guard !asked.isEmpty else { throw ClientError(.protocolViolation, "unexpected reply") }
            try take(reply, to: asked.removeFirst())
        case .refusal(let code, let message):
            throw ClientError(.refused(code), "\(code): \(message)")
        case .lost(_, let ranges, let reason):
            held.remove(ranges)
            _ = sink.lose(ranges)
            if reason != "timeout" || plan.settles {
                warn("leases were lost (\(reason)): \(ranges.reduce(0) { $0 + $1.count }) deliveries")
            }
        case .gone(_, let reason):
            throw ClientError(.gone(reason), "the subscription is gone: \(reason)")
        case .goodbye(let reason):
            stopReason = reason
            stop()
        }
    }

    private func take(_ message: IncomingMessage) {
        arrived += 1
        held.insert(UInt64(message.tag))
        let isWanted = plan.count.map { finished + held.tags.count <= $0 || !plan.settles } ?? true
        // What is not wanted any more goes back when this ends.
        if isWanted, !isStopping { sink.take(message) }
    }

    private func take(_ reply: Reply, to question: Asked) throws {
        switch question {
        case .settle:
            if let lost = reply.options["lost"] {
                warn("the lease of \(lost) had run out; what was done with it will be done again")
            }
        case .order: break
        case .backlog(let before):
            let info = JSONValue(reply.data)
            func number(_ name: String) -> Int { info?[name]?.integer ?? 0 }
            let waiting = number("backlog") - number("inFlight") - number("deferred") - number("parked")
            if before == arrived, waiting <= 0 { isEmpty = true }
        }
    }

    private func warn(_ text: String) {
        StandardError.write("warning: \(text)\n")
    }
}
