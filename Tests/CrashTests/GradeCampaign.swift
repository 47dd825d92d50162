// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletClient
import MartletLock

@testable import CrashKit

/// A broker that is killed again and again while workers of all grades handle one stream of messages with repeats.
struct GradeCampaign: Sendable {
    /// What came out.
    struct Outcome: Sendable {
        var messages: Int
        var runs: Int
        var redeliveries: Int
        var complaints: [String]
    }

    /// Messages that come in each round, without their repeats.
    private static let messages = 40
    /// Workers of each grade.
    private static let workers = 2
    /// A subscriber that has not handled everything in so many seconds after the last kill hangs.
    private static let patience = 40

    var seed: UInt64
    var rounds: Int

    /// Runs the rounds and looks at every counter.
    ///
    /// - Throws: when the broker's process or a conversation goes wrong, whatever became of the messages.
    func run() async throws -> Outcome {
        let folder = DataFolder()
        let broker = try await onThread { try RestartedBroker(folder: folder.path) }
        let work = try await GradeWork(folder: folder.path)
        var dice = Dice(seed: seed)
        let plan = (0..<rounds).map { _ in
            Round(
                killAfter: .random(in: 10_000...250_000, using: &dice),
                workerAfter: .random(in: 1_000...200_000, using: &dice),
                worker: .random(in: 0..<(Grade.allCases.count * Self.workers), using: &dice), seed: dice.next())
        }
        let workers = Grade.allCases.flatMap { grade in
            (0..<Self.workers).map { _ in GradeWorker(grade, work) }
        }
        let complaints = try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.run(port: broker.port) } }
            // Whatever goes wrong, the workers must end, or the group never does.
            defer { for worker in workers { worker.end(.drained) } }
            return try await Client.with(
                GradeWorker.configuration(broker.port), logger: GradeWorker.logger
            ) { client in
                for (number, round) in plan.enumerated() {
                    try await run(round, number, broker, workers, client)
                }
                try await onThread { try Self.waitUntilSettled(port: broker.port, work) }
                for worker in workers { worker.end(.drained) }
                try await group.waitForAll()
                return try await work.verify(Set((0..<rounds).flatMap(Self.ids)), client)
                    + onThread { try Self.countOutput(port: broker.port, rounds * Self.messages) }
            }
        }
        try await onThread { try broker.kill() }
        let figures = work.figures
        return Outcome(
            messages: rounds * Self.messages, runs: figures.runs, redeliveries: figures.redeliveries,
            complaints: complaints)
    }

    private struct Round: Sendable {
        /// Microseconds until the broker is killed.
        var killAfter: UInt32
        /// Microseconds until a worker is.
        var workerAfter: UInt32
        var worker: Int
        var seed: UInt64
    }

    private static func ids(_ round: Int) -> [String] { (0..<messages).map { "m-\(round)-\($0)" } }

    private func run(
        _ round: Round, _ number: Int, _ broker: RestartedBroker, _ workers: [GradeWorker], _ client: Client
    ) async throws {
        async let published: Void = Self.publish(number, round.seed, client)
        async let ended: Void = onThread {
            usleep(round.workerAfter)
            workers[round.worker].end(.killed)
        }
        async let killed: Void = onThread {
            usleep(round.killAfter)
            try broker.killAndStart()
        }
        _ = try await (published, ended, killed)
    }

    /// Publishes the messages of a round, and some of those that were published before once more.
    private static func publish(_ round: Int, _ seed: UInt64, _ client: Client) async throws {
        var dice = Dice(seed: seed)
        for (index, id) in ids(round).enumerated() {
            _ = try await client.publish(Draft(GradeWork.topic, body: Array(id.utf8), id: id))
            guard Bool.random(using: &dice) else { continue }
            let earlier = "m-\(Int.random(in: 0...round, using: &dice))-\(Int.random(in: 0...index, using: &dice))"
            _ = try await client.publish(Draft(GradeWork.topic, body: Array(earlier.utf8), id: earlier))
        }
    }

    private static func waitUntilSettled(port: Int, _ work: GradeWork) throws {
        let connection = try WireConnection(port: port)
        let deadline = ContinuousClock.now + .seconds(patience)
        for grade in Grade.allCases {
            while true {
                let reply = try connection.request("INFO subscription \(GradeWork.topic) \(grade.rawValue)")
                let backlog = try? JSONDecoder().decode(Drain.SubscriptionCounts.self, from: Data(reply.data)).backlog
                if backlog == 0 { break }
                guard ContinuousClock.now < deadline, work.problems.isEmpty else {
                    throw ProcessFailure(
                        description: "\(grade) has a backlog of \(backlog.map(String.init) ?? reply.line): "
                            + work.problems.joined(separator: "; "))
                }
                usleep(10_000)
            }
        }
    }

    /// The topic that steps publish to holds a message for each.
    private static func countOutput(port: Int, _ expected: Int) throws -> [String] {
        let reply = try WireConnection(port: port).request("INFO topic \(GradeWork.output)")
        let count = try JSONDecoder().decode(Drain.TopicCounts.self, from: Data(reply.data)).messages
        return count == expected ? [] : ["step: \(count) messages follow from \(expected)"]
    }
}

/// A broker's process that is started again where clients look for it.
final class RestartedBroker: Sendable {
    let port: Int
    private let folder: String
    private let process: Lock<BrokerProcess>

    init(folder: String) throws {
        let first = try BrokerProcess(folder: folder)
        self.folder = folder
        port = first.port
        process = Lock(first)
    }

    func kill() throws {
        try process.withLock { try $0.kill() }
    }

    /// Kills the process and starts the next.
    func killAndStart() throws {
        let (folder, port) = (folder, port)
        try process.withLock { process in
            try process.kill()
            process = try BrokerProcess(folder: folder, port: port)
        }
    }
}
