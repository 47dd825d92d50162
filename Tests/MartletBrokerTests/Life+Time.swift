// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Time passes in a random life: leases run out, graces end, messages grow old.
extension Life {
    /// Lets time pass, and asks the broker how things stand.
    mutating func pass(_ milliseconds: UInt64) throws -> String? {
        let end = harness.now.wall + milliseconds
        while harness.now.wall < end {
            let now = harness.now.wall
            var next = end
            // The clock stops where a grace ends: only a lease that ran out before that is a failure.
            let stop = model.consumers.compactMap(\.keptUntil).min()
            if let stop, stop <= end { next = stop - 1 > now ? stop - 1 : stop }
            let lost = model.pass(to: next)
            try harness.pass(next - now)
            if let problem = checkLost(lost, in: harness.heardByAll()) ?? collect() { return problem }
            if next == stop, let problem = try audit() { return problem }
        }
        return try audit()
    }

    /// Lets ephemeral subscriptions end, or versions and outcomes be forgotten.
    mutating func passLong() throws -> String? {
        try pass(isOne(in: 6) ? 90_000_000 : UInt64.random(in: 100_000...400_000, using: &random))
    }

    /// The broker hears late of what consumers said in time, or too late: it is judged by when it arrived.
    mutating func stall() throws -> String? {
        let milliseconds = UInt64.random(in: 1...6_000, using: &random)
        let (start, end) = (harness.now.wall, harness.now.wall + milliseconds)
        // Where steps are cut or graces end, more than the time of an arrival decides.
        guard !cutsSteps, model.consumers.allSatisfy({ $0.keptUntil ?? .max > end }) else { return nil }
        let said = (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in drawLate(milliseconds) }
        var lost: ReferenceModel.Tags = [:]
        var expected: [UInt64: [String]] = [:]
        var inputs: [(after: UInt64, input: Input)] = []
        for (moment, connection, command) in said.sorted(by: { $0.moment < $1.moment }) {
            add(model.pass(to: end, judged: start + moment), to: &lost)
            expected[connection, default: []].append(model.answer(to: command, on: connection))
            inputs.append((moment, harness.input(connection) { $0.add(command) }))
        }
        add(model.pass(to: end), to: &lost)
        try harness.stall(milliseconds, inputs)
        let heard = harness.heardByAll()
        let answers = heard.mapValues { $0.filter { !$0.hasPrefix("LOST ") } }.filter { !$0.value.isEmpty }
        if answers != expected { return "behind a stall \(answers) was answered, not \(expected)" }
        let told = heard.mapValues { $0.filter { $0.hasPrefix("LOST ") } }
        return try checkLost(lost, in: told) ?? collect() ?? audit()
    }

    /// What a consumer says of messages that retention does not take: when it does is not known.
    private mutating func drawLate(
        _ milliseconds: UInt64
    ) -> (moment: UInt64, connection: UInt64, command: Command)? {
        guard let consumer = pickConsumer(), let settings = model.subscription(of: consumer)?.settings,
            model.topics[consumer.topic]?.drops(unsettledOfEphemeral: settings.ephemeral) == false
        else { return nil }
        let moment = UInt64.random(in: 0...milliseconds, using: &random)
        let command: Command = isOne(in: 3) ? .touch(drawTouch(of: consumer)) : .settle(drawSettle(of: consumer))
        return (moment, consumer.connection, command)
    }

    private func add(_ tags: ReferenceModel.Tags, to all: inout ReferenceModel.Tags) {
        for (connection, consumers) in tags {
            for (number, tags) in consumers { all[connection, default: [:]][number, default: []].formUnion(tags) }
        }
    }

    /// The tags of which a consumer was told that their messages have left the log.
    private func dropped(_ number: UInt64, on connection: UInt64) -> Set<UInt64> {
        let lines = harness.aside.filter { $0.connection == connection && $0.line.hasPrefix("LOST \(number) ") }
        return Set(lines.flatMap { $0.line.split(separator: " ")[2].split(separator: ",") }.compactMap { UInt64($0) })
    }

    /// Whether each open connection was told which of its leases ran out.
    private func checkLost(_ lost: ReferenceModel.Tags, in heard: [UInt64: [String]]) -> String? {
        for connection in openConnections {
            var told: [UInt64: Set<UInt64>] = [:]
            for line in heard[connection] ?? [] {
                let words = line.split(separator: " ")
                guard words.count == 4, words[0] == "LOST", words[3] == "timeout", let number = UInt64(words[1]) else {
                    return "connection \(connection) was told '\(line)'"
                }
                told[number, default: []].formUnion(words[2].split(separator: ",").compactMap { UInt64($0) })
            }
            // Retention may have taken a message before its lease ran out.
            for (number, tags) in lost[connection] ?? [:] {
                told[number, default: []].formUnion(tags.intersection(dropped(number, on: connection)))
            }
            if told != lost[connection] ?? [:] {
                return "connection \(connection) was told of \(told), not \(lost[connection] ?? [:])"
            }
        }
        return nil
    }
}

extension ReferenceModel {
    /// What a settle or touch has to be answered.
    fileprivate mutating func answer(to command: Command, on connection: UInt64) -> String {
        switch command {
        case .settle(let request): settle(request, on: connection)
        case .touch(let request): touch(request, on: connection)
        default: "nothing"
        }
    }
}
