// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// Rounds of load and `SIGKILL` on one data folder, then a drain and the verdicts.
struct Campaign: Sendable {
    /// What came out.
    struct Outcome: Sendable {
        var checker: Checker
        var problems: [String]
        /// Milliseconds from the start of the process to the first connection that it takes, sorted.
        var restarts: [Int]
        /// What tells a reader that the rounds did something, and how it went.
        var figures: String
    }

    var seed: UInt64
    var rounds: Int
    /// The mistake that the broker makes until the last round is over.
    var bug: String?
    /// How many starts of each round are killed before they are through.
    var killedStarts = 0
    /// How the last round ends; nil kills it like the others.
    var lastEnd: (@Sendable (BrokerProcess) throws -> Void)?

    /// Runs the rounds.
    ///
    /// - Throws: when the broker's process or its conversation goes wrong, whatever became of the messages.
    func run() throws -> Outcome {
        let folder = DataFolder()
        let history = History()
        var dice = Dice(seed: seed)
        var restarts: [Int] = []
        // Small segments of the journal are full at many a kill, and used again; others are as they come.
        let segment = BrokerProcess.segments(of: seed % 3 == 0 ? nil : 65_536 << (seed % 3))
        var broker = try BrokerProcess(folder: folder.path, bug: bug, variables: segment)
        try Load.prepare(port: broker.port)
        for round in 0..<rounds {
            let load = Load(port: broker.port, epoch: round, seed: dice.next(), history: history)
            usleep(UInt32.random(in: 5_000...400_000, using: &dice))
            if round == rounds - 1, let lastEnd {
                try lastEnd(broker)
            } else {
                try broker.kill()
            }
            load.wait()
            for _ in 0..<killedStarts {
                let start = try BrokerProcess(spawning: folder.path, variables: segment)
                usleep(UInt32.random(in: 0...60_000, using: &dice))
                try start.kill()
            }
            broker = try BrokerProcess(
                folder: folder.path, bug: round == rounds - 1 ? nil : bug, variables: segment)
            restarts.append(broker.startMilliseconds)
        }
        try Drain.run(port: broker.port, epoch: rounds, history: history)
        try broker.kill()
        let checker = Checker.check(history.events, Load.setting)
        return Outcome(
            checker: checker, problems: history.problems, restarts: restarts.sorted(),
            figures: figures(checker, restarts.sorted(), history))
    }

    private func figures(_ checker: Checker, _ restarts: [Int], _ history: History) -> String {
        let dead = checker.origins.keys.reduce(0) { $0 + (checker.places[$1]?.count ?? 0) }
        return "\(rounds) rounds of seed \(seed): \(checker.publishes.count) published, "
            + "\(checker.confirmedPublishes) confirmed, \(checker.recovered.count) recovered, "
            + "\(checker.redeliveries) redeliveries, \(dead) dead letters, "
            + "\(checker.findings.count) findings; restart \(restarts[restarts.count / 2]) ms p50, "
            + "\(restarts[restarts.count * 99 / 100]) ms p99"
    }
}

extension Campaign.Outcome {
    /// What went wrong, in a few lines; empty when nothing did.
    func complaint(repeatedBy command: String) -> String {
        let lines = problems + checker.findings.map(\.description)
        guard !lines.isEmpty else { return "" }
        let rest = lines.count > 10 ? ["and \(lines.count - 10) more"] : []
        return ([figures] + lines.prefix(10) + rest + ["repeat with: \(command)"]).joined(separator: "\n")
    }
}
