// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One topic of its own that a client makes, fills, empties and removes again and again.
///
/// Each step waits for its reply, so that after a kill the topic is as before the step in progress or as after it.
struct Churn: Sendable {
    /// What the broker should say of the topic.
    struct State: Equatable, Sendable {
        var exists = false
        var first = 1
        var next = 1
        var isSubscribed = false
        var backlog = 0
        var dead = 0
    }

    /// What a client does to the topic.
    enum Step: Sendable {
        case createTopic
        case createSubscription
        case publish
        case reject
        case purge
        case deleteSubscription
        case deleteTopic
    }

    static let cycle: [Step] =
        [.createTopic, .createSubscription] + Array(repeating: .publish, count: 6)
        + [.reject, .reject, .purge, .publish, .reject, .publish, .deleteSubscription, .publish, .deleteTopic]

    /// What was confirmed.
    private(set) var state = State()
    /// What it would be with the step whose reply did not come.
    private(set) var unknown: State?
    /// Steps that were confirmed.
    private(set) var confirmed = 0
    let topic: String
    /// Tells the messages of this topic from those of an earlier one of the same name.
    private var generation = 0
    private var dice: Dice

    init(topic: String, generation: Int, seed: UInt64) {
        self.topic = topic
        self.generation = generation
        dice = Dice(seed: seed)
    }

    private var deadLetters: String { "$dead.\(topic).s" }

    /// Goes on until the connection breaks.
    mutating func run(port: Int, note: Note<Churn> = { _, _ in }) throws(WireError) {
        let connection = try WireConnection(port: port)
        while true { try cycle(connection, note) }
    }

    /// Makes the topic, fills and empties it, and removes it.
    mutating func cycle(_ connection: WireConnection, _ note: Note<Churn> = { _, _ in }) throws(WireError) {
        generation += 1
        for step in Self.cycle {
            unknown = outcome(of: step)
            note(self, connection)
            try perform(step, connection)
            state = unknown ?? state
            unknown = nil
            confirmed += 1
            note(self, connection)
        }
    }

    private func outcome(of step: Step) -> State {
        var state = state
        switch step {
        case .createTopic: state = State(exists: true, dead: state.dead)
        case .createSubscription: state.isSubscribed = true
        case .publish:
            state.next += 1
            if state.isSubscribed { state.backlog += 1 }
        case .reject:
            state.backlog -= 1
            state.dead += 1
        case .purge:
            state.first = state.next
            state.backlog = 0
        case .deleteSubscription:
            state.isSubscribed = false
            state.backlog = 0
        case .deleteTopic: state = State(dead: state.dead)
        }
        return state
    }

    private mutating func perform(_ step: Step, _ connection: WireConnection) throws(WireError) {
        switch step {
        case .createTopic: try expect("OK", connection.request("CREATE topic \(topic)").line)
        case .createSubscription:
            try expect("OK", connection.request("CREATE subscription \(topic) s from=earliest").line)
        case .publish:
            let identity = MessageIdentity(publisher: generation, sequence: state.next)
            let body = MessageBody.make(identity, size: Int.random(in: 0...60_000, using: &dice))
            let line = "PUB \(topic) \(body.count) id=\(identity)"
            let reply = try connection.request(line, body: body).line
            try expect("OK \(state.next)", reply.replacing(" subs=0", with: ""))
        case .reject:
            connection.send("SUB 1 \(topic) s window=1")
            try connection.flush()
            // The reply to SUB comes first.
            try expect("OK lease=30s", connection.reply().line)
            guard case .message(let message) = try connection.next() else { throw .violation("no message on \(topic)") }
            try expect("OK 1", connection.request("REJECT 1 \(message.tag)").line)
            try expect("OK", connection.request("UNSUB 1").line)
        case .purge: try expect("OK", connection.request("PURGE \(topic)").line)
        case .deleteSubscription: try expect("OK", connection.request("DELETE subscription \(topic) s").line)
        case .deleteTopic: try expect("OK", connection.request("DELETE topic \(topic)").line)
        }
    }

    private func expect(_ expected: String, _ line: String) throws(WireError) {
        guard line == expected else { throw .violation("'\(line)' instead of '\(expected)' on \(topic)") }
    }

    // MARK: - After the restart

    /// Holds what the broker says of the topic against what was confirmed, and clears it away.
    ///
    /// - Returns: the same topic, as it is now.
    func verified(port: Int, seed: UInt64) throws -> Churn {
        let connection = try WireConnection(port: port)
        let found = try observe(connection)
        guard found == state || found == unknown else {
            throw ProcessFailure(
                description: "\(topic) is \(found) after the kill; confirmed was \(state), asked for was "
                    + "\(unknown.map { "\($0)" } ?? "nothing")")
        }
        if found.exists {
            try look(connection, found)
            try expect("OK", connection.request("DELETE topic \(topic)").line)
        }
        var churn = Churn(topic: topic, generation: generation, seed: seed)
        churn.state.dead = found.dead
        return churn
    }

    private func observe(_ connection: WireConnection) throws -> State {
        var state = State()
        let topics = try JSONDecoder().decode(
            [Drain.TopicCounts].self, from: Data(connection.request("INFO topics").data))
        state.dead = topics.first { $0.name == deadLetters }?.messages ?? 0
        guard let found = topics.first(where: { $0.name == topic }) else { return state }
        (state.exists, state.first, state.next) = (true, found.first, found.next)
        let reply = try connection.request("INFO subscription \(topic) s")
        if !reply.line.hasPrefix("ERR unknown-subscription") {
            state.isSubscribed = true
            state.backlog = try JSONDecoder().decode(Drain.SubscriptionCounts.self, from: Data(reply.data)).backlog
        }
        return state
    }

    /// Every message that is left is of this generation and undamaged.
    private func look(_ connection: WireConnection, _ state: State) throws(WireError) {
        connection.send("SUB 9 \(topic) look from=earliest window=100")
        try connection.flush()
        try expect("OK created lease=30s", connection.reply().line)
        var offset = state.first
        while offset < state.next {
            guard case .message(let message) = try connection.next() else { continue }
            try expect(
                "\(offset) \(generation)-\(offset)",
                "\(message.offset) \(message.identity.map(\.description) ?? "damaged")")
            offset += 1
        }
    }
}
