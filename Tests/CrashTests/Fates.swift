// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// One client with a topic of its own that does all that a message's fate can hang on, step by step.
///
/// It keeps what was confirmed, and which step was under way when the broker was killed. Behind the restart the
/// verdict on each message must be one that this allows.
struct Fates: Sendable {
    private static let hour = 3_600_000
    private static let window = 8

    /// A message that the consumer has.
    private struct Held {
        var tag: Int
        var message: Int
    }

    let number: Int
    /// What is known about each message, by its number.
    private(set) var known: [Fate] = []
    /// What the step in progress makes of the messages that it is about.
    private(set) var pending: [Int: Fate] = [:]
    /// Steps that were confirmed, by what was done.
    private(set) var confirmed: [String: Int] = [:]
    private var dice: Dice
    private var held: [Held] = []

    init(number: Int, seed: UInt64) {
        self.number = number
        dice = Dice(seed: seed)
    }

    private var topic: String { "fates.\(number)" }

    /// Goes on until the connection breaks.
    mutating func run(port: Int) throws(WireError) {
        let connection = try WireConnection(port: port)
        held = []
        let settings = "from=earliest window=\(Self.window) lease=10m max-failures=1000 backoff=5ms"
        _ = try ask(connection, "SUB 1 \(topic) s \(settings)")
        while true { try step(connection) }
    }

    private mutating func step(_ connection: WireConnection) throws(WireError) {
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<40: try publish(connection)
        case 40..<80: try settle(connection)
        case 80..<98:
            guard !known.isEmpty else { return }
            try decide(Int.random(in: 0..<known.count, using: &dice), connection)
        default: try seek(connection)
        }
    }

    // MARK: - Steps

    private mutating func publish(_ connection: WireConnection) throws(WireError) {
        let message = known.count
        let body = MessageBody.make(MessageIdentity(publisher: number, sequence: message), size: 64)
        known.append(Fate(possible: ["not-found"]))
        var fate = Fate(possible: ["waiting"])
        var options = ""
        switch Int.random(in: 0..<10, using: &dice) {
        case 0:
            options = " delay=\(Int.random(in: 1...40, using: &dice))ms"
            fate = fate.with(["scheduled", "waiting"], isMoving: true)
        case 1...2:
            let due = now() + Self.hour
            options = " at=\(due)"
            fate = fate.with(["scheduled"])
            fate.dues = [due]
        case 3:
            options = " ttl=\(Int.random(in: 1...60, using: &dice))ms"
            (fate.isShort, fate.wasShort) = (true, true)
            fate = fate.open()
        default: break
        }
        let line = "PUB \(topic) \(body.count) id=\(number)-\(message)\(options)"
        let reply = try perform("publish", [message: fate], line, connection, body: body) { $0.hasPrefix("OK ") }
        let offset = Int(reply.split(separator: " ")[1]) ?? 0
        if offset > 0 { known[message].offset = offset }
    }

    private mutating func settle(_ connection: WireConnection) throws(WireError) {
        if held.isEmpty, let frame = try connection.next(timeout: 5) { try take(frame) }
        guard !held.isEmpty else { return }
        let holding = held.remove(at: Int.random(in: 0..<held.count, using: &dice))
        let fate = known[holding.message]
        let isBrief = Bool.random(using: &dice)
        let delay = isBrief ? "delay=3ms" : "delay=1h"
        let (line, after): (String, Fate) =
            switch Int.random(in: 0..<10, using: &dice) {
            case 0...3: ("ACK 1 \(holding.tag)", fate.with(["handled"]))
            case 4...5: ("NACK 1 \(holding.tag) \(delay) code=E", fate.deferred(briefly: isBrief))
            case 6: ("RELEASE 1 \(holding.tag) \(delay)", fate.deferred(briefly: isBrief))
            case 7: ("REJECT 1 \(holding.tag) code=E", fate.with(["dead"]))
            default: ("PARK 1 \(holding.tag) note=ask", fate.with(["parked"]))
            }
        // A person or a seek may have taken it meanwhile; then nothing is done.
        try perform(
            "settle", [holding.message: after], line, connection, isDone: { $0 == "OK 1" },
            orNot: { $0 == "OK 0 lost=\(holding.tag)" })
    }

    /// Does to a message what a person could.
    private mutating func decide(_ message: Int, _ connection: WireConnection) throws(WireError) {
        let fate = known[message]
        let id = "\(number)-\(message)"
        if fate.possible == ["scheduled"] {
            if Bool.random(using: &dice) {
                try perform("cancel", [message: fate.with(["not-found"])], "CANCEL \(topic) \(id)", connection)
            } else {
                let due = now() + 2 * Self.hour
                var after = fate
                after.dues = [due]
                try perform("reschedule", [message: after], "RESCHEDULE \(topic) \(id) at=\(due)", connection) {
                    $0 == "OK 0 due=\(due)"
                }
            }
        } else if fate.possible == ["dead"] {
            var after = fate.with(["dead", "waiting"], isMoving: true)
            after.isShort = false
            // One job at a time.
            try perform(
                "redrive", [message: after], "REDRIVE \(topic) s id=\(id)", connection, isDone: { $0 == "OK 1" },
                orNot: { $0.hasPrefix("ERR conflict ") })
        } else if let offset = fate.offset, !fate.possible.isDisjoint(with: ["parked", "deferred", "waiting"]) {
            var after = fate
            after.isShort = false
            let (word, outcome): (String, Fate) =
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: ("ack", fate.with(["handled"]))
                case 1: ("reject", fate.with(["dead"]))
                default: ("retry", after.open())
                }
            let isCertain = fate.possible.isSubset(of: ["parked", "deferred", "waiting"])
            try perform(
                "resolve", [message: outcome], "RESOLVE \(topic) s \(offset) \(word) note=so", connection,
                isDone: { $0 == "OK" },
                orNot: { !isCertain && $0.hasPrefix("ERR unknown-message ") })
        }
    }

    private mutating func seek(_ connection: WireConnection) throws(WireError) {
        guard let last = known.compactMap(\.offset).max() else { return }
        let place = Int.random(in: max(1, last - 20)...last, using: &dice)
        let after = known.indices.map { ($0, known[$0].sought(place)) }
        try perform(
            "seek", Dictionary(uniqueKeysWithValues: after), "SEEK \(topic) s offset:\(place)", connection)
    }

    private func now() -> Int { Int(Date.now.timeIntervalSince1970 * 1_000) }

    // MARK: - Conversation

    /// Sends a command that makes something of messages; without its reply both may be so.
    @discardableResult
    private mutating func perform(
        _ step: String, _ outcome: [Int: Fate], _ line: String, _ connection: WireConnection, body: [UInt8]? = nil,
        isDone: (String) -> Bool = { $0 == "OK" }, orNot isNothing: (String) -> Bool = { _ in false }
    ) throws(WireError) -> String {
        pending = outcome
        for message in outcome.keys { pending[message]?.note("\(line)?") }
        let reply = try ask(connection, line, body: body)
        if isDone(reply) {
            for (message, fate) in pending {
                known[message] = fate
                known[message].note(reply)
            }
            confirmed[step, default: 0] += 1
        } else if !isNothing(reply) {
            throw .violation("'\(reply)' to '\(line)', of which was known \(outcome.keys.map { known[$0].possible })")
        }
        pending = [:]
        return reply
    }

    private mutating func ask(
        _ connection: WireConnection, _ line: String, body: [UInt8]? = nil
    ) throws(WireError) -> String {
        if let body { connection.send(line, body: body) } else { connection.send(line) }
        try connection.flush()
        while true {
            switch try connection.next() {
            case .reply(let line, _), .refusal(let line): return line
            case let frame: try take(frame)
            }
        }
    }

    /// Takes a message that was delivered; one that was confirmed to have ended must not be.
    private mutating func take(_ frame: WireFrame) throws(WireError) {
        guard case .message(let delivery) = frame else { return }
        guard let message = delivery.identity?.sequence, known.indices.contains(message) else {
            throw .violation("a message on \(topic) that was never published")
        }
        held.append(Held(tag: delivery.tag, message: message))
        guard known[message].possible.contains("waiting") || pending[message]?.possible.contains("waiting") == true
        else { throw .violation("\(number)-\(message) is delivered, but \(known[message].possible)") }
        known[message].offset = delivery.offset
        pending[message]?.offset = delivery.offset
        if pending[message] == nil { known[message] = known[message].open() }
        known[message].note("delivered")
        pending[message]?.note("delivered")
    }

    // MARK: - After the restart

    private struct Explanation: Decodable {
        struct Evidence: Decodable {
            var due: Int?
        }

        var verdict: String
        var offset: Int
        var evidence: Evidence
    }

    private struct Counts: Decodable {
        var parked: Int
    }

    /// Holds the verdict on each message against what was confirmed, and goes on from there.
    mutating func verify(port: Int) throws {
        for (message, fate) in pending { known[message] = known[message].merged(fate) }
        pending = [:]
        let connection = try WireConnection(port: port)
        guard try connection.request("INFO subscription \(topic) s").line.hasPrefix("DATA ") else {
            guard confirmed.isEmpty else {
                throw ProcessFailure(description: "\(topic): no subscription, confirmed was \(confirmed)")
            }
            known = []
            return
        }
        var parked = 0
        for message in known.indices {
            let reply = try connection.request("WHY \(topic) id:\(number)-\(message) s")
            guard reply.line.hasPrefix("DATA ") else { throw ProcessFailure(description: "\(topic): \(reply.line)") }
            let found = try JSONDecoder().decode(Explanation.self, from: Data(reply.data))
            let fate = known[message]
            guard fate.possible.contains(found.verdict) else {
                throw ProcessFailure(
                    description: "\(number)-\(message) is \(found.verdict), confirmed was \(fate.possible.sorted()): "
                        + String(decoding: reply.data, as: UTF8.self)
                        + "; before that \(fate.story.joined(separator: ", "))")
            }
            if let due = found.evidence.due, !fate.dues.isEmpty, !fate.dues.contains(due) {
                throw ProcessFailure(description: "\(number)-\(message) is due at \(due), confirmed was \(fate.dues)")
            }
            known[message] = fate.seen(found.verdict)
            known[message].note("killed and \(found.verdict)")
            if found.offset > 0 { known[message].offset = found.offset }
            if found.verdict == "parked" { parked += 1 }
        }
        let info = try connection.request("INFO subscription \(topic) s")
        let counted = try JSONDecoder().decode(Counts.self, from: Data(info.data)).parked
        guard counted == parked else {
            throw ProcessFailure(description: "\(topic): \(counted) are counted as parked, \(parked) are")
        }
    }
}
