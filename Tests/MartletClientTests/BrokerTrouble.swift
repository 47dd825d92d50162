// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

/// What a link does to a stream of messages and to those who handle it.
enum Trouble: Sendable, CaseIterable, CustomTestStringConvertible {
    case none, lostSettling, droppedBeforeSettling, droppedAfterSettling, lostMessages, repeatedPublishes
    case repeatedMessages, swappedMessages, shuffledMessages, chaos, moreChaos

    var testDescription: String { "\(self)" }

    /// Throws the trouble.
    func begin(on link: FaultyLink) async {
        let settles: @Sendable (LinkFrame) -> Bool = { ["ACK", "COMMIT", "RECEIPT"].contains($0.word) }
        // Some are spared in between, so that each connection gets something done.
        switch self {
        case .none: break
        case .lostSettling:
            for skipped in [0, 3, 9, 12, 20] { await link.loseReply(skipping: skipped, where: settles) }
        case .droppedBeforeSettling:
            for skipped in [0, 3, 9, 12, 20] { await link.drop(.before, .client, skipping: skipped, where: settles) }
        case .droppedAfterSettling:
            for skipped in [0, 3, 9, 12, 20] { await link.drop(.after, .client, skipping: skipped, where: settles) }
        case .lostMessages:
            for skipped in [1, 5, 11, 25] {
                await link.drop(.before, .broker, skipping: skipped) { $0.word == "MSG" }
            }
        case .repeatedPublishes: await link.repeatPublish(times: 15)
        case .repeatedMessages: await link.repeatMessage(skipping: 2, times: 20)
        case .swappedMessages: await link.swapMessages(times: 20)
        case .shuffledMessages: await link.shuffleMessages(window: 4, seed: 11)
        case .chaos:
            await link.chaos(
                seed: 1, drop: 0.03, loseReply: 0.03, repeatPublish: 0.2, repeatMessage: 0.2, reorder: 0.2)
        case .moreChaos:
            await link.chaos(
                seed: 2, drop: 0.06, loseReply: 0.06, repeatPublish: 0.3, repeatMessage: 0.3, reorder: 0.1)
        }
    }

    /// Whether something of it has come.
    func hasCome(_ counts: FaultCounts) -> Bool {
        switch self {
        case .none: counts.faults == 0
        case .lostSettling: counts.lostReplies > 1
        case .droppedBeforeSettling, .droppedAfterSettling, .lostMessages: counts.drops > 1
        case .repeatedPublishes: counts.repeatedPublishes > 10
        case .repeatedMessages: counts.repeatedMessages > 10
        case .swappedMessages, .shuffledMessages: counts.reorderedMessages > 0
        case .chaos, .moreChaos: counts.drops > 0 && counts.lostReplies > 0 && counts.repeatedMessages > 0
        }
    }
}

/// Messages that are published with repeats while two workers handle them, all of them behind a link with trouble.
struct TroubledStream: Sendable {
    static let ids = (0..<40).map { "m-\($0)" }
    /// The message that is published when the trouble is over.
    static let last = "m-last"
    /// Failures are tried again soon, and as often as it takes.
    static let options = ConsumerOptions(maxFailures: 1_000, backoff: [.milliseconds(1)])

    let trouble: Trouble

    /// Runs the stream.
    ///
    /// - Parameters:
    ///   - work: consumes with a client until it is cancelled or the client drains.
    ///   - isDone: waits until the messages of these ids had their effects.
    ///   - check: looks at what came out of it, when all is settled.
    func run(
        _ work: @escaping @Sendable (Client) async throws -> Void,
        isDone: @escaping @Sendable (Client, Set<String>) async throws -> Void,
        check: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        let trouble = trouble
        try await TestBroker.with { broker in
            try await FaultyLink.with(broker.port) { link in
                // What waits when the workers begin comes to them in whole windows.
                try await OnBroker.client(broker.port) { try await Self.publish(Self.ids.prefix(20), $0) }
                await trouble.begin(on: link)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let workers = try (0..<2).map { _ in
                        try Client(OnBroker.configuration(link.port), logger: OnBroker.logger)
                    }
                    for worker in workers {
                        group.addTask { try await worker.run() }
                        group.addTask { try await work(worker) }
                    }
                    try await OnBroker.client(link.port) { try await Self.publish(Self.ids[...], $0) }
                    try await OnBroker.client(broker.port) { try await isDone($0, Set(Self.ids)) }
                    let counts = await link.counts
                    #expect(trouble.hasCome(counts), "\(counts)")
                    await link.calm()
                    for worker in workers { worker.shutDown() }
                    try await group.waitForAll()
                }
                try await OnBroker.client(broker.port) { try await Self.settleRest($0, work, isDone) }
                try await OnBroker.client(broker.port) { client in
                    #expect(try await client.rest("orders", as: "s").map(\.text) == [])
                    try await check(client)
                }
            }
        }
    }

    /// Publishes every message twice: with its id that is one message.
    private static func publish(_ ids: ArraySlice<String>, _ client: Client) async throws {
        for id in ids {
            for _ in 0..<2 { try await client.publish("orders", id, id: id) }
        }
    }

    /// Whatever was not settled comes again, before a newer message, and must not have its effects a second time.
    private static func settleRest(
        _ client: Client, _ work: @escaping @Sendable (Client) async throws -> Void,
        _ isDone: @escaping @Sendable (Client, Set<String>) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work(client) }
            try await client.publish("orders", last, id: last)
            try await isDone(client, Set(ids + [last]))
            client.shutDown()
            try await group.waitForAll()
        }
    }
}
