// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Connections are lost in a random life; some come back for what they held.
extension Life {
    mutating func drawGrace() -> Int {
        isOne(in: 2) ? 0 : Int.random(in: 1...6_000, using: &random)
    }

    mutating func loseConnection() throws -> String? {
        guard let connection = pick(openConnections) else { return nil }
        if isOne(in: 3) {
            model.leave(connection)
            if let problem = try send(connection, .bye, expecting: "OK") ?? collect() { return problem }
        }
        return try lose(connection)
    }

    mutating func lose(_ connection: UInt64) throws -> String? {
        if let problem = try avoidAmbiguity(connection) { return problem }
        model.disconnect(connection)
        try harness.disconnect(connection)
        return collect()
    }

    /// A lease that runs out in the very millisecond in which the grace ends may be taken for either.
    private mutating func avoidAmbiguity(_ connection: UInt64) throws -> String? {
        while model.isAmbiguous(connection) {
            if let problem = try pass(1) { return problem }
        }
        return nil
    }

    /// A client asks for its session, mostly after it lost its connection, and subscribes again to some of what it had,
    /// or to something else.
    mutating func comeBack() throws -> String? {
        guard let session = pick(model.sessions.keys.sorted()), let earlier = model.sessions[session] else {
            return nil
        }
        if model.untaken[earlier] != nil, !isOne(in: 4) {
            if let problem = try lose(earlier) ?? pass(UInt64.random(in: 1...2_000, using: &random)) { return problem }
        }
        if let problem = try avoidAmbiguity(earlier) { return problem }
        let connection = nextConnection
        nextConnection += 1
        let wasOpen = model.untaken[earlier] != nil
        let expected = model.connect(connection, resuming: session)
        try harness.connect(connection, resuming: session)
        let heard = (earlier: harness.heard(earlier), own: harness.heard(connection))
        if heard.own != expected { return "\(session) was answered \(heard.own), not \(expected)" }
        if heard.earlier != (wasOpen ? ["BYE replaced"] : []) { return "the one replaced was told \(heard.earlier)" }
        if let problem = collect() { return problem }
        for consumer in model.consumers where consumer.connection == connection {
            if isOne(in: 4) { continue }
            if isOne(in: 6) {
                if let problem = try subscribe(connection, consumer.number) ?? collect() { return problem }
                continue
            }
            let request = Subscribe(
                consumer: consumer.number, topic: consumer.topic, subscription: consumer.subscription,
                window: Int.random(in: 1...8, using: &random), grace: drawGrace())
            if let problem = try subscribe(request, on: connection) ?? collect() { return problem }
        }
        return nil
    }
}
