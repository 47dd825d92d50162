// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletService
import NIOCore
import Testing

@testable import MartletServer

/// The state of a connection without a channel, and a clock that stands until a test moves it.
final class TestConnection {
    private var state: ConnectionState
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    /// Everything that was handed to the broker, one command each, in words.
    private(set) var commands: [String] = []
    /// Bytes of everything that was handed to the broker.
    private(set) var bytes = 0
    /// Publishes that have no answer.
    private(set) var publishes = 0
    /// Other commands that have no answer.
    private(set) var others = 0
    /// Bytes that the socket has not taken.
    var waiting = 0

    /// What it shares with others.
    let memory: SharedMemory
    let pool: BatchPool
    /// Why it was closed.
    var closeReason: CloseReason? { state.closeReason }

    init(
        _ configuration: ServerConfiguration = ServerConfiguration(), id: UInt64 = 7, memory: SharedMemory? = nil,
        pool: BatchPool = BatchPool()
    ) {
        self.memory = memory ?? SharedMemory(configuration)
        self.pool = pool
        state = ConnectionState(
            id: ConnectionID(id), configuration: configuration, pool: pool, memory: self.memory, idKey: 1, at: now)
    }

    /// A connection that has said `HELLO`.
    static func greeted(
        _ configuration: ServerConfiguration = ServerConfiguration(), heartbeat: Int = 30, id: UInt64 = 7,
        memory: SharedMemory? = nil, pool: BatchPool = BatchPool()
    ) -> TestConnection {
        let connection = TestConnection(configuration, id: id, memory: memory, pool: pool)
        connection.receive("HELLO 1 heartbeat=\(heartbeat)\r\n")
        return connection
    }

    var phase: ConnectionState.Phase { state.phase }
    var nextCheck: NIODeadline? { state.nextCheck }
    var unanswered: Int { publishes + others }

    func welcome(_ session: String) -> String { state.welcome(session) }

    // MARK: - Input

    /// One read of the channel.
    @discardableResult
    func receive(_ text: String) -> ConnectionState.Arrival { receive(Array(text.utf8)) }

    /// One read of the channel.
    @discardableResult
    func receive(_ bytes: some Sequence<UInt8>) -> ConnectionState.Arrival {
        var buffer = ByteBuffer(bytes: bytes)
        let arrival = state.received(&buffer, at: now)
        if case .greeting(let greeting) = arrival, greeting.resuming != nil { others += 1 }
        if let batch = state.readCompleted() { note(batch) }
        return arrival
    }

    /// Whether the socket is read.
    func isRead() -> Bool { state.allowsRead() }

    /// The client showed a certificate that was verified.
    func presented(certificate name: String) { state.presented(certificate: name) }

    /// It turns out where the client is.
    func opened(isLocal: Bool) { state.opened(isLocal: isLocal, at: now) }

    /// There is room for a large frame.
    func granted() -> Outcome { outcome(state.granted(at: now)) }

    /// Others wait for its room, it is said.
    func frameIsLate() -> ConnectionState.Finding { state.frameIsLate() }

    /// The broker has room for commands.
    func uncrowded() -> Outcome { outcome(state.uncrowded(at: now)) }

    /// Whether it waits for that.
    var isCrowdedOut: Bool { state.isCrowdedOut }

    func inputClosed() -> Outcome { outcome(state.inputClosed()) }

    // MARK: - Output

    /// Answers commands.
    @discardableResult
    func answer(publishes: Int = 0, commands: Int = 0, closes: Bool = false) -> Outcome {
        self.publishes -= publishes
        others -= commands
        return outcome(state.answered(publishes: publishes, commands: commands, closes: closes, at: now))
    }

    /// Answers everything that has no answer.
    @discardableResult
    func answerAll() -> Outcome { answer(publishes: publishes, commands: others) }

    @discardableResult
    func writable(_ isWritable: Bool) -> Outcome { outcome(state.writabilityChanged(isWritable, at: now)) }

    /// Writes a piece of which the socket takes some; true when too much waits.
    @discardableResult
    func write(_ bytes: Int, taken: Int = 0) -> Bool {
        state.writes(bytes, memory: bytes)
        waiting += bytes - taken
        return state.wrote(waiting: waiting, at: now)
    }

    /// Gives it up for the memory that is held for it.
    func giveUp() { state.giveUp(.memory) }
    /// Asks the socket what it has not taken; gives what is held for it.
    func look() -> UntakenMemory { state.look(waiting: waiting, at: now) }
    func outputClosed() { state.outputClosed(at: now) }
    func end() -> Outcome { outcome(state.end()) }
    func gone() -> Bool { state.gone() }

    // MARK: - Time

    /// Moves the clock, with no check.
    func advance(by amount: TimeAmount) { now = now + amount }

    /// Lets the time pass and makes each check when it is due, as a timer does.
    ///
    /// - Returns: what the checks found, except that all was fine, and after which time.
    func pass(_ amount: TimeAmount) -> [Found] {
        let (begin, end) = (now, now + amount)
        var found: [Found] = []
        while let next = state.nextCheck, next <= end {
            now = max(now, next)
            let finding = state.check(at: now, waiting: waiting)
            if finding != .fine { found.append(Found(finding, after: now - begin)) }
            if finding == .lost { return found }
            guard state.nextCheck.map({ $0 > now }) ?? true else {
                Issue.record("a timer that is due at once again would spin")
                return found
            }
        }
        now = end
        return found
    }

    /// Makes a check now, however late.
    func check() -> ConnectionState.Finding { state.check(at: now, waiting: waiting) }

    // MARK: - Words

    private func outcome(_ actions: ConnectionState.Actions) -> Outcome {
        let before = commands.count
        if let batch = actions.batch { note(batch) }
        return Outcome(handedOver: commands.count - before, close: actions.close, reads: actions.reads)
    }

    private func note(_ batch: CommandBatch) {
        bytes += batch.bytes
        for item in batch.items {
            switch item {
            case .publish(let run):
                commands += Array(repeating: "PUB \(batch.topics[run.topic])", count: run.count)
                publishes += run.count
                continue
            case .ack(let consumer, let first, let last): commands.append("ACK \(consumer) \(first)-\(last)")
            case .command(let index): commands.append(word(batch.commands[index]))
            case .refused(let index):
                let refusal = batch.refusals[index]
                commands.append("\(refusal.closes ? "closing" : "refused") \(refusal.code.rawValue)")
            }
            others += 1
        }
    }

    private func word(_ command: Command) -> String {
        switch command {
        case .ping: "PING"
        case .bye: "BYE"
        default: "\(command)"
        }
    }
}

/// What an event led to.
struct Outcome: Equatable {
    /// Commands that went to the broker.
    var handedOver = 0
    var close: ConnectionState.Actions.Close?
    var reads = false
}

/// What a check found, and when.
struct Found: Equatable {
    var finding: ConnectionState.Finding
    var time: TimeAmount

    init(_ finding: ConnectionState.Finding, after time: TimeAmount) {
        self.finding = finding
        self.time = time
    }
}

/// Settings that differ from the default.
func settings(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
    var configuration = ServerConfiguration()
    change(&configuration)
    return configuration
}
