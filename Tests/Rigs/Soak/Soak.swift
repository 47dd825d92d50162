// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// One broker, used in every way for some time.
struct Soak: Sendable {
    /// What came out.
    struct Outcome: Sendable {
        var problems: [String]
        var figures: String
    }

    private struct Depth: Decodable {
        var backlog: Int
        var deferred: Int
    }

    private static let topics = ["soak.a", "soak.b"]
    private static let subscriptions = topics.flatMap { topic in
        ["one", "two"].map { SubscriptionName(topic: topic, name: $0) }
    }
    /// Seconds after which queues that are only acked must be empty.
    private static let patience = 60

    var seconds: Int
    var seed: UInt64

    /// The number that the publisher of a topic has in its messages.
    static func publisher(of topic: String) -> Int { (topics.firstIndex(of: topic) ?? 0) + 1 }

    func run() throws -> Outcome {
        let folder = DataFolder()
        defer { withExtendedLifetime(folder) {} }
        let broker = try BrokerProcess(folder: folder.path)
        let watcher = try WireConnection(port: broker.port)
        try prepare(watcher)
        let book = SoakBook()
        let (workers, consumers) = (DispatchGroup(), DispatchGroup())
        let sample = {
            try ProcessSample(
                of: broker.identifier, dataFile: folder.path + "/data.mdb", depth: try depth(watcher))
        }
        let before = try sample()
        start(broker.port, book, workers, consumers)
        var samples: [ProcessSample] = []
        var stepsOfFirst = 0
        while samples.count < seconds, book.problems.isEmpty {
            usleep(1_000_000)
            try look(watcher)
            samples.append(try sample())
            if samples.count == seconds / 3 { stepsOfFirst = book.counts["ledger steps"] ?? 0 }
        }
        book.stop()
        workers.wait()
        book.drain()
        var left = try depth(watcher)
        for _ in 0..<(Self.patience * 10) where left > 0 {
            usleep(100_000)
            left = try depth(watcher)
        }
        book.finish()
        consumers.wait()
        // Connections that were closed are forgotten a moment later.
        usleep(500_000)
        let third = max(1, samples.count / 3)
        let bounds = SoakBounds(
            before: before, first: Array(samples.prefix(third)), last: Array(samples.suffix(third)),
            after: try sample(), steps: (book.counts["ledger steps"] ?? 0) - stepsOfFirst)
        broker.terminate()
        let end = try broker.wait(seconds: Self.patience)
        let counts = book.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return Outcome(
            problems: book.problems + book.judge(Self.subscriptions) + bounds.problems
                + (end == .exit(0) ? [] : ["it ended with \(end): \(broker.complaint)"]),
            figures: "\(samples.count) s of seed \(seed): \(counts)\n\(bounds.figures)")
    }

    private func prepare(_ connection: WireConnection) throws {
        // Without what is kept for a day or a week, so that what grows is what should not.
        let options = "retention=interest dedup-window=5s"
        for topic in Self.topics + ["ledger.in.soak", "ledger.out.soak"] {
            try expectOK(connection, "CREATE topic \(topic) \(options)")
        }
        for name in Self.subscriptions {
            let settings = "from=earliest lease=1s backoff=50ms,200ms max-failures=50"
            try expectOK(connection, "CREATE subscription \(name.topic) \(name.name) \(settings)")
        }
    }

    private func expectOK(_ connection: WireConnection, _ line: String) throws {
        let reply = try connection.request(line).line
        guard reply.hasPrefix("OK") else { throw WireError.violation("'\(reply)' to \(line)") }
    }

    /// Messages that wait, are held or come back later.
    private func depth(_ connection: WireConnection) throws -> Int {
        try Self.subscriptions.reduce(0) { sum, name in
            let reply = try connection.request("INFO subscription \(name.topic) \(name.name)")
            return sum + (try JSONDecoder().decode(Depth.self, from: Data(reply.data)).backlog)
        }
    }

    /// Asks what a person would, and clears what is kept for people.
    private func look(_ connection: WireConnection) throws {
        for question in ["INFO", "INFO consumers", "PEEK soak.a 1 limit=20", "LIST records.soak", "OUTCOME tx-soak-1"] {
            let reply = try connection.request(question).line
            guard !reply.hasPrefix("ERR") else { throw WireError.violation("'\(reply)' to \(question)") }
        }
        let reply = try connection.request("INFO topics")
        for topic in try JSONDecoder().decode([Drain.TopicCounts].self, from: Data(reply.data))
        where topic.name.hasPrefix("$") {
            try expectOK(connection, "PURGE \(topic.name)")
        }
    }

    private func start(_ port: Int, _ book: SoakBook, _ workers: DispatchGroup, _ consumers: DispatchGroup) {
        var dice = Dice(seed: seed)
        for topic in Self.topics {
            run(book, workers) { [seed = dice.next()] in
                try SoakPublisher(port: port, topic: topic, seed: seed).run(book)
            }
        }
        for name in Self.subscriptions {
            for _ in 0..<2 {
                run(book, consumers) { [seed = dice.next()] in
                    let consumer = SoakConsumer(port: port, subscription: name, seed: seed, book: book)
                    try consumer.run { book.isOver }
                }
            }
        }
        repeated("ledger steps", every: 20_000, book, workers, port, Ledger(name: "soak", seed: dice.next())) {
            client, connection throws(WireError) in try client.step(connection)
        }
        repeated("record changes", every: 20_000, book, workers, port, RecordKeeper(name: "soak", seed: dice.next())) {
            client, connection throws(WireError) in try client.step(connection)
        }
        let churn = Churn(topic: "soak.churn", generation: 0, seed: dice.next())
        repeated("topics made and deleted", every: 200_000, book, workers, port, churn) {
            client, connection throws(WireError) in try client.cycle(connection)
        }
    }

    private func repeated<Client: Sendable>(
        _ what: String, every microseconds: UInt32, _ book: SoakBook, _ group: DispatchGroup, _ port: Int,
        _ client: Client, _ step: @escaping @Sendable (inout Client, WireConnection) throws(WireError) -> Void
    ) {
        run(book, group) {
            var client = client
            let connection = try WireConnection(port: port)
            while !book.isStopping {
                try step(&client, connection)
                book.count(what)
                usleep(microseconds)
            }
            // Of topics little is left to be held against it, since what is settled goes at once.
            if var keeper = client as? RecordKeeper { try keeper.verify(port: port) }
        }
    }

    private func run(_ book: SoakBook, _ group: DispatchGroup, _ body: @escaping @Sendable () throws -> Void) {
        group.enter()
        Thread {
            do {
                try body()
            } catch {
                book.add(problem: "\(error)")
            }
            group.leave()
        }.start()
    }
}
